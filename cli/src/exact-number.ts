/** A number as JSON writes it. */
const NUMBER = /^-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** No double says more digits; programs print so many of each to be sure. */
const MOST_DIGITS = 17

/**
 * Whether a double can stand for the number that a text says: a whole number and one of more than 17 digits must be the
 * very same, a fraction of fewer digits may be the nearest. False for what is no number of JSON.
 */
export function isExactNumber(text: string): boolean {
  const said = decimalOf(text)
  if (said === undefined) return false
  const value = Number(text)
  if (!Number.isFinite(value)) return false
  if (said.digits === '') return true
  if (said.exponent < 0 && said.digits.length <= MOST_DIGITS) return value !== 0
  const kept = decimalOf(String(value))
  return kept?.digits === said.digits && kept.exponent === said.exponent
}

/** `digits` without zeros at either end, times ten to the power of `exponent`. */
function decimalOf(text: string): { digits: string; exponent: number } | undefined {
  const parts = NUMBER.exec(text)
  if (parts === null) return undefined
  const [, whole = '', fraction = '', power = '0'] = parts
  const all = withoutLeadingZeros(whole + fraction)
  const digits = withoutTrailingZeros(all)
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) }
}

function withoutLeadingZeros(digits: string): string {
  let from = 0
  while (digits[from] === '0') from += 1
  return digits.slice(from)
}

/** By hand: a pattern would take the square of a long run of zeros. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  return digits.slice(0, end)
}
