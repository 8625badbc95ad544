import type { Json, JsonObject } from '../json.ts'
import { isJsonObject } from '../json.ts'
import { fail, type Frame, sourceOf } from './frame.ts'
import { aType } from './value.ts'

/** The arguments of a function are checked by these; `position` counts from 1. */
export function needString(frame: Frame, value: Json, position: number): string {
  return typeof value === 'string' ? value : mismatch(frame, value, { position, needs: 'a string' })
}

export function needNumber(frame: Frame, value: Json, position: number): number {
  return typeof value === 'number' ? value : mismatch(frame, value, { position, needs: 'a number' })
}

export function needInteger(frame: Frame, value: Json, position: number): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  return mismatch(frame, value, { position, needs: 'a whole number' })
}

export function needArray(frame: Frame, value: Json, position: number): Json[] {
  return Array.isArray(value) ? value : mismatch(frame, value, { position, needs: 'an array' })
}

export function needObject(frame: Frame, value: Json, position: number): JsonObject {
  return isJsonObject(value) ? value : mismatch(frame, value, { position, needs: 'an object' })
}

export function mismatch(
  frame: Frame,
  value: Json,
  { position, needs }: { position: number; needs: string },
): never {
  const problem = `'${sourceOf(frame.at)}' needs ${needs} as argument ${position}, not ${aType(value)}`
  return fail(frame, 'type', problem, 'convert it with int(), number() or string(), or pass another value')
}
