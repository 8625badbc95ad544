import type { Json } from '../json.ts'

/** Tells whether arrays and objects are nested in more than `levels`. Looks no deeper, so it is safe on any input. */
export function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((inner) => isDeeperThan(inner, levels - 1))
}
