/** A straight line through measurements: how steep it is, and how sure that is. */
export type Trend = {
  /** Growth of y for each unit of x. */
  slope: number
  /** Standard error of the slope. Infinite with fewer than three points. */
  error: number
}

export type Point = { x: number; y: number }

/** Least squares. */
export function trendOf(points: readonly Point[]): Trend {
  const mean = { x: average(points.map(({ x }) => x)), y: average(points.map(({ y }) => y)) }
  const spread = sum(points.map(({ x }) => (x - mean.x) ** 2))
  if (points.length < 3 || spread === 0) return { slope: 0, error: Number.POSITIVE_INFINITY }
  const slope = sum(points.map(({ x, y }) => (x - mean.x) * (y - mean.y))) / spread
  const rest = sum(points.map(({ x, y }) => (y - mean.y - slope * (x - mean.x)) ** 2))
  return { slope, error: Math.sqrt(rest / (points.length - 2) / spread) }
}

export type Judgement = 'flat' | 'grows' | 'unclear'

/**
 * Flat when even the steepest line that the points allow stays below the bound, growing when even the flattest
 * is above it; else the points do not tell, and a longer run would.
 */
export function judge({ slope, error }: Trend, bound: number): Judgement {
  if (slope + 2 * error <= bound) return 'flat'
  return slope - 2 * error > bound ? 'grows' : 'unclear'
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function average(values: readonly number[]): number {
  return sum(values) / values.length
}
