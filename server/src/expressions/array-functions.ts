import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { mismatch, needArray, needInteger, needObject } from './argument.ts'
import { checkElements, fail, type Frame, spend } from './frame.ts'
import { charactersOf, countText, indexOfText } from './text-functions.ts'
import { characterCount, compareText } from './text.ts'
import { isTime } from './time.ts'
import { orderTimes } from './time-arithmetic.ts'
import { canonical, equal, put, sortedKeys } from './value.ts'

export function length(frame: Frame, value: Json): number {
  if (Array.isArray(value)) return value.length
  if (isJsonObject(value)) return Object.keys(value).length
  if (typeof value !== 'string')
    return mismatch(frame, value, { position: 1, needs: 'an array, object or string' })
  spend(frame, 1 + (value.length >> 6))
  return characterCount(value)
}

export function keys(frame: Frame, value: Json): string[] {
  const sorted = sortedKeys(needObject(frame, value, 1))
  checkElements(frame, sorted.length)
  spend(frame, sorted.length * 2)
  return sorted
}

/** The values of an object in the order of its sorted keys. */
export function values(frame: Frame, value: Json): Json[] {
  const object = needObject(frame, value, 1)
  return keys(frame, object).map((key) => object[key] ?? null)
}

export function reversed(frame: Frame, value: Json): Json {
  if (typeof value === 'string') return charactersOf(frame, value).reverse().join('')
  if (!Array.isArray(value)) return mismatch(frame, value, { position: 1, needs: 'an array or string' })
  checkElements(frame, value.length)
  spend(frame, value.length)
  return value.toReversed()
}

/** Sorts numbers, times, or texts by code point; a mixture has no order. */
export function sort(frame: Frame, value: Json): Json[] {
  const items = needArray(frame, value, 1)
  checkElements(frame, items.length)
  spend(frame, items.length * 4)
  if (items.length < 2) return [...items]
  const numbers = items.filter((item) => typeof item === 'number')
  if (numbers.length === items.length) return numbers.sort((a, b) => a - b)
  const texts = items.filter((item) => typeof item === 'string')
  if (texts.length === items.length) return texts.sort(compareText)
  if (items.every(isTime)) return items.toSorted((a, b) => orderTimes(frame, a, b))
  return fail(frame, 'type', 'The array has no order', 'sort numbers only, or strings only')
}

export function unique(frame: Frame, value: Json): Json[] {
  const items = needArray(frame, value, 1)
  checkElements(frame, items.length)
  spend(frame, items.length)
  const seen = new Set<string>()
  return items.filter((item) => {
    const text = canonical(frame, item)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}

/** Opens the arrays inside an array, one level. */
export function flat(frame: Frame, value: Json): Json[] {
  const items = needArray(frame, value, 1)
  const count = items.reduce<number>((total, item) => total + (Array.isArray(item) ? item.length : 1), 0)
  checkElements(frame, count)
  spend(frame, items.length + count)
  return items.flat()
}

/** Pairs of the elements at equal places, as many as the shorter array has. */
export function zip(frame: Frame, a: Json, b: Json): Json[] {
  const left = needArray(frame, a, 1)
  const right = needArray(frame, b, 2)
  const count = Math.min(left.length, right.length)
  checkElements(frame, count)
  spend(frame, count)
  return left.slice(0, count).map((item, i) => [item, right[i] ?? null])
}

/** A part of an array or string; negative positions count from its end. */
export function slice(frame: Frame, value: Json, from: Json | undefined, to: Json | undefined): Json {
  const start = needInteger(frame, from ?? null, 2)
  const end = to === undefined ? undefined : needInteger(frame, to, 3)
  if (typeof value === 'string') return charactersOf(frame, value).slice(start, end).join('')
  if (!Array.isArray(value)) return mismatch(frame, value, { position: 1, needs: 'an array or string' })
  const part = value.slice(start, end)
  checkElements(frame, part.length)
  spend(frame, part.length)
  return part
}

export function indexOf(frame: Frame, container: Json, searched: Json): number {
  if (typeof container === 'string') return indexOfText(frame, container, searched)
  if (!Array.isArray(container))
    return mismatch(frame, container, { position: 1, needs: 'an array or string' })
  spend(frame, container.length)
  return container.findIndex((item) => equal(frame, item, searched))
}

export function count(frame: Frame, container: Json, searched: Json): number {
  if (typeof container === 'string') return countText(frame, container, searched)
  if (!Array.isArray(container))
    return mismatch(frame, container, { position: 1, needs: 'an array or string' })
  spend(frame, container.length)
  return container.reduce<number>((total, item) => total + (equal(frame, item, searched) ? 1 : 0), 0)
}

/** The members of both objects; where both have a key, the second wins. */
export function merge(frame: Frame, a: Json, b: Json): JsonObject {
  const merged: JsonObject = {}
  for (const object of [needObject(frame, a, 1), needObject(frame, b, 2)]) {
    const entries = Object.entries(object)
    spend(frame, 1 + entries.length)
    for (const [key, value] of entries) put(merged, key, value)
  }
  return merged
}

/** Cuts an array into arrays of `size` elements; the last one may be shorter. */
export function chunks(frame: Frame, value: Json, size: Json): Json[] {
  const items = needArray(frame, value, 1)
  const step = needInteger(frame, size, 2)
  if (step < 1) fail(frame, 'type', 'The size of a chunk is less than 1', 'pass 1 or more')
  checkElements(frame, items.length)
  spend(frame, items.length)
  return Array.from({ length: Math.ceil(items.length / step) }, (_, i) =>
    items.slice(i * step, (i + 1) * step),
  )
}
