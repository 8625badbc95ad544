import { randomUUID } from 'node:crypto'
import type { Json } from '../json.ts'
import { mismatch, needInteger, needString } from './argument.ts'
import * as arrays from './array-functions.ts'
import type { Frame } from './frame.ts'
import * as numbers from './number-functions.ts'
import { isIn } from './operator.ts'
import { matches } from './pattern.ts'
import * as texts from './text-functions.ts'
import { asText, duration, formatTime, now, parseTime } from './time-functions.ts'
import { isTime } from './time.ts'
import { order, toJsonText, toText, truthy, typeName } from './value.ts'

/**
 * How secret arguments make a result secret. There is no function that says too little: a count, a place or a bool, asked
 * often enough, gives all of a secret away. Whoever adds one has to say which it is.
 * `carries`: any secret in an argument makes all of the result secret.
 * `keys`: only a wholly secret object has secret keys.
 * `moves`: elements are only moved around, so each keeps its own mark.
 */
export type Secrecy = 'carries' | 'keys' | 'moves'

export type Builtin = {
  /** The least and the greatest number of arguments. */
  readonly arity: readonly [number, number]
  readonly secrecy: Secrecy
  readonly call: (frame: Frame, a: Json, b: Json | undefined, c: Json | undefined) => Json
}

function one(secrecy: Secrecy, call: (frame: Frame, a: Json) => Json): Builtin {
  return { arity: [1, 1], secrecy, call }
}

function two(secrecy: Secrecy, call: (frame: Frame, a: Json, b: Json) => Json): Builtin {
  return { arity: [2, 2], secrecy, call: (frame, a, b) => call(frame, a, b ?? null) }
}

/** The functions that take values. Their arguments are evaluated before they are called. */
const table: readonly (readonly [string, Builtin])[] = [
  ['string', one('carries', toText)],
  ['number', one('carries', numbers.toNumber)],
  ['int', one('carries', numbers.toInt)],
  ['bool', one('carries', (_frame, value) => truthy(value))],
  ['type_of', one('carries', (_frame, value) => typeName(value))],
  ['length', one('carries', arrays.length)],
  ['keys', one('keys', arrays.keys)],
  ['values', one('moves', arrays.values)],
  ['abs', one('carries', numbers.abs)],
  ['floor', one('carries', numbers.floor)],
  ['ceil', one('carries', numbers.ceil)],
  ['round', one('carries', numbers.round)],
  ['min', two('carries', (frame, a, b) => (extreme(frame, a, b) <= 0 ? a : b))],
  ['max', two('carries', (frame, a, b) => (extreme(frame, a, b) >= 0 ? a : b))],
  ['sum', one('carries', numbers.sum)],
  ['lower', one('carries', texts.lower)],
  ['upper', one('carries', texts.upper)],
  ['trim', one('carries', texts.trim)],
  ['split', two('carries', texts.split)],
  ['join', two('carries', texts.join)],
  ['replace', { arity: [3, 3], secrecy: 'carries', call: texts.replace }],
  ['starts_with', two('carries', texts.startsWith)],
  ['ends_with', two('carries', texts.endsWith)],
  [
    'match',
    two('carries', (frame, a, b) => matches(frame, needString(frame, a, 1), needString(frame, b, 2))),
  ],
  ['contains', two('carries', (frame, container, item) => isIn(frame, item, container))],
  ['reversed', one('moves', arrays.reversed)],
  ['sort', one('carries', arrays.sort)],
  ['unique', one('carries', arrays.unique)],
  ['flat', one('moves', arrays.flat)],
  ['zip', two('moves', arrays.zip)],
  ['range', { arity: [1, 2], secrecy: 'carries', call: range }],
  ['slice', { arity: [2, 3], secrecy: 'moves', call: arrays.slice }],
  ['index_of', two('carries', arrays.indexOf)],
  ['count', two('carries', arrays.count)],
  ['merge', two('moves', arrays.merge)],
  ['chunks', two('moves', arrays.chunks)],
  ['to_json', one('carries', toJsonText)],
  ['from_json', one('carries', texts.fromJson)],
  ['now', { arity: [0, 0], secrecy: 'carries', call: now }],
  ['parse_time', { arity: [1, 3], secrecy: 'carries', call: parseTime }],
  ['format_time', { arity: [2, 3], secrecy: 'carries', call: formatTime }],
  ['duration', one('carries', duration)],
  ['uuid', { arity: [0, 0], secrecy: 'carries', call: () => randomUUID() }],
]

/** The functions to which an instant is no text. Every other one is given the text of it. */
const knowTimes: ReadonlySet<string> = new Set([
  'bool',
  'contains',
  'count',
  'duration',
  'format_time',
  'index_of',
  'max',
  'min',
  'parse_time',
  'type_of',
])

const builtins: ReadonlyMap<string, Builtin> = new Map(
  table.map(([name, builtin]) => [name, knowTimes.has(name) ? builtin : givenText(builtin)]),
)

function givenText({ call, ...builtin }: Builtin): Builtin {
  return {
    ...builtin,
    call: (frame, a, b, c) =>
      call(frame, asText(a), b === undefined ? b : asText(b), c === undefined ? c : asText(c)),
  }
}

/** Whether what a function answers may be, or hold, an instant or a duration. */
export function makesTimes(name: string): boolean {
  return name === 'now' || name === 'parse_time' || name === 'duration'
}

/** The functions that look at how their first argument fails, so that it is not evaluated for them. */
const lazyArity = { default: [2, 2], has: [1, 1] } as const
export type LazyFunction = keyof typeof lazyArity

export function findBuiltin(name: string): Builtin | undefined {
  return builtins.get(name)
}

export function isLazyFunction(name: string): name is LazyFunction {
  return Object.hasOwn(lazyArity, name)
}

/** The least and greatest number of arguments of a function of the language; undefined for any other name. */
export function arityOf(name: string): readonly [number, number] | undefined {
  return isLazyFunction(name) ? lazyArity[name] : builtins.get(name)?.arity
}

/** Every function of the language, for messages and editors. */
export const functionNames: readonly string[] = [...builtins.keys(), ...Object.keys(lazyArity)].sort()

function extreme(frame: Frame, a: Json, b: Json): number {
  if (typeof a !== 'number' && typeof a !== 'string' && !isTime(a))
    mismatch(frame, a, { position: 1, needs: 'a number, string or time' })
  return order(frame, a, b)
}

function range(frame: Frame, a: Json, b: Json | undefined): Json {
  const first = needInteger(frame, a, 1)
  return b === undefined
    ? numbers.range(frame, 0, first)
    : numbers.range(frame, first, needInteger(frame, b, 2))
}
