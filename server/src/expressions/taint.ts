import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { escapeSegment, segmentsOf } from '../text/json-pointer.ts'
import { put } from './value.ts'

/**
 * What of a value is secret: null if nothing, true if all of it, else a container of the marks of its members, where a
 * member that is left out is not secret. It is JSON itself, so that a function which only moves elements around
 * (`reversed`, `zip`, `merge` …) moves their marks when it is applied to them.
 */
export type Taint = Json

/** The marks of a value in which the JSON pointers are secret. */
export function taintAt(pointers: readonly string[]): Taint {
  const root: JsonObject = {}
  for (const pointer of pointers) {
    if (pointer === '') return true
    mark(root, segmentsOf(pointer))
  }
  return root
}

function mark(root: JsonObject, keys: readonly string[]): void {
  let parent = root
  for (const key of keys.slice(0, -1)) {
    const child = Object.hasOwn(parent, key) ? parent[key] : undefined
    if (child === true) return
    const next: JsonObject = isJsonObject(child) ? child : {}
    put(parent, key, next)
    parent = next
  }
  put(parent, keys.at(-1) ?? '', true)
}

export function pointerTo(parent: string, key: string): string {
  return `${parent}/${escapeSegment(key)}`
}

/** The mark of one member of a value. */
export function memberTaint(value: Json, taint: Taint, key: string | number): Taint {
  if (typeof taint !== 'object' || taint === null) return taint
  const name = Array.isArray(value) ? placeOf(value, Number(key)) : String(key)
  if (Array.isArray(taint)) return taint[Number(name)] ?? null
  // Marks from pointers are objects even where the value is an array.
  return (Object.hasOwn(taint, name) ? taint[name] : undefined) ?? null
}

function placeOf(items: readonly Json[], index: number): string {
  return String(index < 0 ? index + items.length : index)
}

/** Whether anything is secret. */
export function isTainted(taint: Taint): boolean {
  if (typeof taint !== 'object' || taint === null) return taint === true
  return Object.values(taint).some(isTainted)
}

/** The marks in the shape of the value, written out for `levels` levels of containers. */
export function mirror(value: Json, taint: Taint, levels = 2): Taint {
  if (levels === 0 || typeof value !== 'object' || value === null) return taint
  if (Array.isArray(value)) {
    return value.map((item, i) => mirror(item, memberTaint(value, taint, i), levels - 1))
  }
  const shape: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    put(shape, key, mirror(member, memberTaint(value, taint, key), levels - 1))
  }
  return shape
}

/** The JSON pointers of what is secret in a value. Marks of members that it does not have count for nothing. */
export function secretPointers(value: Json, taint: Taint, pointer = ''): string[] {
  if (taint === null) return []
  if (taint === true) return [pointer]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    secretPointers(member, memberTaint(value, taint, key), pointerTo(pointer, key)),
  )
}

/** What stands in place of a secret value wherever a value is stored or shown. */
export const secretMarker: JsonObject = { $attune_secret: true, redacted: true }

/** A value with its secrets replaced by the marker. */
export function mask(value: Json, taint: Taint): Json {
  if (taint === null) return value
  if (taint === true) return { ...secretMarker }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, i) => mask(item, memberTaint(value, taint, i)))
  const masked: JsonObject = {}
  for (const [key, member] of Object.entries(value))
    put(masked, key, mask(member, memberTaint(value, taint, key)))
  return masked
}
