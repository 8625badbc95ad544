import type { Json, JsonObject } from '../json.ts'
import { ExpressionError } from './error.ts'
import { type Frame, type Site, sourceOf, spend } from './frame.ts'
import { characters } from './text.ts'
import { isTime } from './time.ts'
import { aType } from './value.ts'

/** Why a member could not be reached. Symbols, because no JSON value is one. */
const noKey = Symbol('no such key')
const outOfRange = Symbol('index out of range')
const inNull = Symbol('member of null')
const noMembers = Symbol('member of a scalar')
const wrongKey = Symbol('wrong type of key')
const refused = Symbol('refused name')
type Fault =
  | typeof noKey
  | typeof outOfRange
  | typeof inNull
  | typeof noMembers
  | typeof wrongKey
  | typeof refused

/** Names that lead to the host's objects. They are never read, not even where data has a key of that name. */
export function isRefusedName(name: string): boolean {
  return name === '__proto__' || name === 'constructor' || name === 'prototype'
}

/** One step of a path: `.name` (dotted) or `[key]`. */
export type Key = { readonly key: Json; readonly dotted: boolean }

/** The member of a value, or why there is none. Only own properties are seen. */
export function reach(frame: Frame, value: Json, { key, dotted }: Key): Json | Fault {
  if (typeof key === 'string' && isRefusedName(key)) return refused
  if (value === null) return inNull
  if (typeof value === 'string') return dotted ? noMembers : reachCharacter(frame, value, key)
  if (typeof value !== 'object' || isTime(value)) return noMembers
  if (Array.isArray(value)) return reachElement(value, dotted ? indexOfName(key) : key)
  return typeof key === 'string' ? reachMember(value, key) : wrongKey
}

function reachMember(value: JsonObject, key: string): Json | Fault {
  const member = Object.hasOwn(value, key) ? value[key] : undefined
  return member === undefined ? noKey : member
}

/** `list.0` is an index; any other name of an array is a mistake. */
function indexOfName(key: Json): Json {
  return typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : key
}

function reachElement(items: readonly Json[], key: Json): Json | Fault {
  if (typeof key !== 'number' || !Number.isInteger(key)) return wrongKey
  const item = items[key < 0 ? key + items.length : key]
  return item === undefined ? outOfRange : item
}

function reachCharacter(frame: Frame, text: string, key: Json): Json | Fault {
  spend(frame, 1 + (text.length >> 2))
  return reachElement(characters(text), key)
}

export function isFault(result: Json | Fault): result is Fault {
  return typeof result === 'symbol'
}

/**
 * Whether a fault means that the value is just not there. In lenient mode this includes looking for members where a
 * value has none: the path leads nowhere either way.
 */
export function isAbsence(frame: Frame, fault: Fault): boolean {
  if (fault === noMembers) return frame.lenient
  return fault === noKey || fault === outOfRange || fault === inNull
}

/** What a fault means for the evaluation: null for an absent value in lenient mode, else an error. */
export function settle(frame: Frame, fault: Fault, at: { site: Site; value: Json; key: Json }): null {
  const absent = isAbsence(frame, fault)
  if (absent && frame.lenient && !frame.probing) return null
  const { kind, problem, remedy } = describe(fault, at)
  throw new ExpressionError({ kind, problem, remedy, expression: at.site.text, at: at.site.span, absent })
}

type Description = { kind: 'missing' | 'index' | 'type'; problem: string; remedy: string }

function describe(fault: Fault, { site, value, key }: { site: Site; value: Json; key: Json }): Description {
  const source = `'${sourceOf(site)}'`
  const guard = 'send it, or guard with has(…) or default(…, fallback)'
  switch (fault) {
    case noKey:
      return { kind: 'missing', problem: `There is no ${source}`, remedy: `${guard}${minusHint(key)}` }
    case outOfRange:
      return {
        kind: 'index',
        problem: `${source} is out of range`,
        remedy: `compare with length(…), or ${guard}`,
      }
    case inNull:
      return { kind: 'type', problem: `${source} looks inside null`, remedy: guard }
    case noMembers:
      return {
        kind: 'type',
        problem: `${source} looks for a member of ${aType(value)}`,
        remedy: 'use the value itself',
      }
    case refused:
      return {
        kind: 'type',
        problem: `${source} reads a name that is refused`,
        remedy: 'rename the key in the data',
      }
    case wrongKey: {
      const needs = Array.isArray(value) || typeof value === 'string' ? 'a whole number' : 'a text'
      const problem = `${source} looks into ${aType(value)} with ${aType(key)}`
      return { kind: 'type', problem, remedy: `put ${needs} between the brackets` }
    }
  }
}

/** A name with a minus sign in it is read as one key, which surprises those who meant to subtract. */
function minusHint(key: Json): string {
  return typeof key === 'string' && key.includes('-') ? "; to subtract, put blanks around '-'" : ''
}
