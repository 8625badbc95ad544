import type { Json, JsonObject } from '../json.ts'
import { checkTextLength, fail, type Frame, spend } from './frame.ts'
import { limits } from './limit.ts'
import { compareText } from './text.ts'
import { isInstant, isTime, nanosecondsOf, plain, timeText } from './time.ts'
import { equalTimes, orderTimes } from './time-arithmetic.ts'

export type TypeName = 'null' | 'bool' | 'number' | 'string' | 'array' | 'object' | 'instant' | 'duration'

export function typeName(value: Json): TypeName {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'number'
  if (isTime(value)) return isInstant(value) ? 'instant' : 'duration'
  return typeof value === 'string' ? 'string' : 'object'
}

/** The type of a value with its article, for messages. */
export function aType(value: Json): string {
  const name = typeName(value)
  if (name === 'null') return name
  return name === 'array' || name === 'object' || name === 'instant' ? `an ${name}` : `a ${name}`
}

/** False for null, false, 0, the empty text, array and object; true for everything else. */
export function truthy(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  if (Array.isArray(value)) return value.length > 0
  if (isTime(value)) return true
  for (const key in value) if (Object.hasOwn(value, key)) return true
  return false
}

/** Deep equality; values of different types are unequal, and the order of keys does not matter. */
export function equal(frame: Frame, left: Json, right: Json): boolean {
  return equalAt(frame, [left, right], 0)
}

function equalAt(frame: Frame, [left, right]: readonly [Json, Json], depth: number): boolean {
  if (typeof left === 'string' && typeof right === 'string') return equalTexts(frame, left, right)
  if (left === right) return true
  if (isTime(left) || isTime(right)) return equalTimes(frame, left, right)
  return isContainer(left) && isContainer(right) && equalContainers(frame, [left, right], depth)
}

function isContainer(value: Json): value is Json[] | JsonObject {
  return typeof value === 'object' && value !== null
}

function equalContainers(
  frame: Frame,
  [left, right]: readonly [Json[] | JsonObject, Json[] | JsonObject],
  depth: number,
): boolean {
  checkDepth(frame, depth)
  if (Array.isArray(left)) return Array.isArray(right) && equalArrays(frame, [left, right], depth)
  return !Array.isArray(right) && equalObjects(frame, [left, right], depth)
}

function equalTexts(frame: Frame, left: string, right: string): boolean {
  if (left.length !== right.length) return false
  spend(frame, left.length >> 6)
  return left === right
}

function equalArrays(frame: Frame, [left, right]: readonly [Json[], Json[]], depth: number): boolean {
  spend(frame, 1 + left.length)
  if (left.length !== right.length) return false
  return left.every((item, i) => equalAt(frame, [item, right[i] ?? null], depth + 1))
}

function equalObjects(
  frame: Frame,
  [left, right]: readonly [JsonObject, JsonObject],
  depth: number,
): boolean {
  const keys = Object.keys(left)
  spend(frame, 1 + keys.length)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every(
    (key) => Object.hasOwn(right, key) && equalAt(frame, [left[key] ?? null, right[key] ?? null], depth + 1),
  )
}

/** Refuses a value that nests so deeply that walking it could exhaust the stack. */
function checkDepth(frame: Frame, depth: number): void {
  if (depth <= limits.valueDepth) return
  fail(frame, 'limit', `A value nests deeper than ${limits.valueDepth} levels`, 'flatten the data')
}

/** Orders two values of the same kind: numbers, texts, or arrays of these. Anything else is a type error. */
export function order(frame: Frame, left: Json, right: Json): number {
  if (Array.isArray(left) && Array.isArray(right)) return orderArrays(frame, left, right)
  return orderScalars(frame, left, right)
}

function orderScalars(frame: Frame, left: Json, right: Json): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') {
    spend(frame, Math.min(left.length, right.length) >> 6)
    return compareText(left, right)
  }
  if (isTime(left) || isTime(right)) return orderTimes(frame, left, right)
  const remedy = 'compare two numbers, two texts or two arrays; convert with int(), number() or string()'
  return fail(frame, 'type', `${aType(left)} and ${aType(right)} have no order`, remedy)
}

function orderArrays(frame: Frame, left: Json[], right: Json[]): number {
  const length = Math.min(left.length, right.length)
  spend(frame, length)
  for (let i = 0; i < length; i += 1) {
    const result = orderScalars(frame, left[i] ?? null, right[i] ?? null)
    if (result !== 0) return result
  }
  return left.length - right.length
}

/** About how many bytes a value takes as JSON. Infinite once `limit` is passed or the value nests too deeply. */
export function measure(value: Json, limit: number, depth = 0): number {
  if (typeof value === 'string') return value.length > limit ? Infinity : Buffer.byteLength(value) + 2
  if (typeof value !== 'object' || value === null) return 5
  if (isTime(value)) return 40
  if (depth > limits.valueDepth) return Infinity
  return Array.isArray(value) ? measureArray(value, limit, depth) : measureObject(value, limit, depth)
}

function measureArray(items: Json[], limit: number, depth: number): number {
  let size = 2
  for (const item of items) {
    size += 1 + measure(item, limit - size, depth + 1)
    if (size > limit) return Infinity
  }
  return size
}

function measureObject(object: JsonObject, limit: number, depth: number): number {
  let size = 2
  for (const key of Object.keys(object)) {
    size += key.length + 4 + measure(object[key] ?? null, limit - size, depth + 1)
    if (size > limit) return Infinity
  }
  return size
}

/** The JSON of a value, if it is not too large to be made. */
export function toJsonText(frame: Frame, value: Json): string {
  const size = measure(value, limits.valueBytes)
  if (size > limits.valueBytes) {
    const problem = `The JSON would be longer than ${limits.valueBytes} bytes or deeper than ${limits.valueDepth} levels`
    fail(frame, 'limit', problem, 'use a part of the value')
  }
  spend(frame, 1 + (size >> 4))
  const text = JSON.stringify(plain(value))
  checkTextLength(frame, text.length)
  return text
}

/** A value as text: text as it is, everything else as JSON. */
export function toText(frame: Frame, value: Json): string {
  if (typeof value === 'string') return value
  if (isTime(value)) return timeText(value)
  return typeof value === 'object' && value !== null ? toJsonText(frame, value) : String(value)
}

/** The own keys of an object in code-point order. */
export function sortedKeys(value: JsonObject): string[] {
  return Object.keys(value).sort(compareText)
}

/** Sets an own member. Plain assignment would take the key `__proto__` for the prototype. */
export function put(target: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    target[key] = value
  }
}

/** A text that is the same for equal values and only for them, whatever the order of their keys. */
export function canonical(frame: Frame, value: Json, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (isTime(value)) return `${typeName(value)} ${nanosecondsOf(value)}`
  checkDepth(frame, depth)
  const keys = Object.keys(value)
  spend(frame, 1 + keys.length)
  if (Array.isArray(value)) return `[${value.map((item) => canonical(frame, item, depth + 1)).join(',')}]`
  const members = sortedKeys(value).map(
    (key) => `${JSON.stringify(key)}:${canonical(frame, value[key] ?? null, depth + 1)}`,
  )
  return `{${members.join(',')}}`
}
