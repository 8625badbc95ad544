import type { Json } from '../json.ts'
import { mismatch, needArray, needNumber } from './argument.ts'
import { checkElements, fail, type Frame, spend } from './frame.ts'

/** Lets a number be a result. Whole numbers that a double cannot tell apart, infinities and NaN are errors. */
export function checked(frame: Frame, value: number, whole: boolean): number {
  if (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) return value === 0 ? 0 : value
  const remedy = 'whole numbers reach from -(2^53-1) to 2^53-1; carry larger ones as text'
  return fail(frame, 'type', 'The result is a number out of range', remedy)
}

export function addNumbers(frame: Frame, a: number, b: number): number {
  return checked(frame, a + b, Number.isInteger(a) && Number.isInteger(b))
}

/** No blanks, no `inf`, no hexadecimal. The alternatives exclude each other, so a long text costs no backtracking. */
const numeric = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

export function toNumber(frame: Frame, value: Json): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string')
    return mismatch(frame, value, { position: 1, needs: 'a number, text or bool' })
  spend(frame, 1 + (value.length >> 6))
  if (numeric.test(value)) return checked(frame, Number(value), false)
  return fail(frame, 'type', 'The text is not a number', 'write digits only, as in "42" or "-1.5e3"')
}

export function toInt(frame: Frame, value: Json): number {
  return checked(frame, Math.trunc(toNumber(frame, value)), true)
}

export function abs(frame: Frame, value: Json): number {
  return Math.abs(needNumber(frame, value, 1))
}

export function floor(frame: Frame, value: Json): number {
  return checked(frame, Math.floor(needNumber(frame, value, 1)), true)
}

export function ceil(frame: Frame, value: Json): number {
  return checked(frame, Math.ceil(needNumber(frame, value, 1)), true)
}

/** Rounds to the nearest whole number, halves away from zero. */
export function round(frame: Frame, value: Json): number {
  const number = needNumber(frame, value, 1)
  const whole = Math.trunc(number)
  return checked(frame, Math.abs(number - whole) >= 0.5 ? whole + Math.sign(number) : whole, true)
}

export function sum(frame: Frame, value: Json): number {
  const items = needArray(frame, value, 1)
  spend(frame, items.length)
  let total = 0
  for (const item of items) {
    if (typeof item !== 'number') mismatch(frame, item, { position: 1, needs: 'an array of numbers' })
    else total = addNumbers(frame, total, item)
  }
  return total
}

/** Whole numbers from 0 or `first` up to, without, the last argument. */
export function range(frame: Frame, first: number, end: number): number[] {
  const count = Math.max(0, end - first)
  checkElements(frame, count)
  spend(frame, count)
  return Array.from({ length: count }, (_, i) => first + i)
}
