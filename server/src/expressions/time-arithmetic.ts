import type { Json } from '../json.ts'
import { fail, type Frame, sourceOf } from './frame.ts'
import {
  type Duration,
  durationOf,
  type Instant,
  instantAt,
  isDuration,
  isInstant,
  isTime,
  nanosecondsOf,
} from './time.ts'

type Sign = '+' | '-' | '*' | '/' | '%'

/** What an operator makes of two values of which one is a time. */
export function combineTimes(frame: Frame, sign: Sign, [left, right]: readonly [Json, Json]): Json {
  if (isInstant(left)) return withInstant(frame, sign, [left, right])
  if (isDuration(left)) return withDuration(frame, sign, [left, right])
  if (isDuration(right) && typeof left === 'number' && sign === '*') return scaled(frame, right, left)
  return cannot(frame, left, right)
}

function withInstant(frame: Frame, sign: Sign, [left, right]: readonly [Instant, Json]): Json {
  if (isDuration(right) && sign === '+') return moved(frame, left, nanosecondsOf(right))
  if (isDuration(right) && sign === '-') return moved(frame, left, -nanosecondsOf(right))
  if (isInstant(right) && sign === '-') {
    return lasting(frame, nanosecondsOf(left) - nanosecondsOf(right))
  }
  return cannot(frame, left, right)
}

function withDuration(frame: Frame, sign: Sign, [left, right]: readonly [Duration, Json]): Json {
  if (isInstant(right) && sign === '+') return moved(frame, right, nanosecondsOf(left))
  if (isDuration(right)) return betweenDurations(frame, sign, [left, right])
  if (typeof right === 'number' && sign === '*') return scaled(frame, left, right)
  if (typeof right === 'number' && sign === '/') {
    if (right === 0) return divisionByZero(frame)
    return scaled(frame, left, 1 / right, right)
  }
  return cannot(frame, left, right)
}

function betweenDurations(frame: Frame, sign: Sign, [left, right]: readonly [Duration, Duration]): Json {
  const [a, b] = [nanosecondsOf(left), nanosecondsOf(right)]
  if (sign === '+') return lasting(frame, a + b)
  if (sign === '-') return lasting(frame, a - b)
  if (sign === '*') return cannot(frame, left, right)
  if (b === 0n) return divisionByZero(frame)
  return sign === '/' ? quotient(a, b) : lasting(frame, a % b)
}

/** How often one goes into the other, as exactly as a number can say. */
function quotient(a: bigint, b: bigint): number {
  return a % b === 0n ? Number(a / b) : Number(a) / Number(b)
}

/** Whole factors and divisors are exact. */
function scaled(frame: Frame, duration: Duration, factor: number, divisor?: number): Duration {
  const nanoseconds = nanosecondsOf(duration)
  if (divisor !== undefined && Number.isInteger(divisor)) return lasting(frame, nanoseconds / BigInt(divisor))
  if (Number.isInteger(factor)) return lasting(frame, nanoseconds * BigInt(factor))
  const product = Math.round(Number(nanoseconds) * factor)
  return Number.isFinite(product) ? lasting(frame, BigInt(product)) : outOfRange(frame)
}

/** A duration backwards. */
export function negated(duration: Duration): Duration {
  return durationOf(-nanosecondsOf(duration)) ?? duration
}

function moved(frame: Frame, instant: Instant, by: bigint): Instant {
  return instantAt(nanosecondsOf(instant) + by) ?? outOfRange(frame)
}

function lasting(frame: Frame, nanoseconds: bigint): Duration {
  return durationOf(nanoseconds) ?? outOfRange(frame)
}

function outOfRange(frame: Frame): never {
  return fail(frame, 'type', 'The result is a time out of range', 'years reach from 0000 to 9999')
}

function divisionByZero(frame: Frame): never {
  return fail(frame, 'division', 'Division by zero', 'check the divisor first')
}

function cannot(frame: Frame, left: Json, right: Json): never {
  const problem = `'${sourceOf(frame.at)}' combines ${aTime(left)} and ${aTime(right)}`
  return fail(frame, 'type', problem, remedyFor(left, right))
}

function remedyFor(left: Json, right: Json): string {
  const values = [left, right]
  if (values.some((value) => typeof value === 'string')) {
    return values.some((value) => isInstant(value))
      ? "make a duration of the text with duration('1h30m'), or a text of the instant with string()"
      : 'make an instant of the text with parse_time(text), or a text of the duration with string()'
  }
  if (values.some((value) => typeof value === 'number')) return "write a duration, as in duration('90s')"
  return 'instants differ by a duration; add durations to instants and to one another'
}

/** Whether one comes before the other; values that are no pair of times are refused with what to do. */
export function orderTimes(frame: Frame, left: Json, right: Json): number {
  if (!isTime(left) || !isTime(right) || isInstant(left) !== isInstant(right)) {
    return incomparable(frame, left, right)
  }
  const [a, b] = [nanosecondsOf(left), nanosecondsOf(right)]
  return a < b ? -1 : a > b ? 1 : 0
}

/** Equal instants are equal in every zone. A text is no time, and to say 'not equal' would hide that it was meant as one. */
export function equalTimes(frame: Frame, left: Json, right: Json): boolean {
  if (typeof left === 'string' || typeof right === 'string') return incomparable(frame, left, right)
  if (!isTime(left) || !isTime(right)) return false
  return isInstant(left) === isInstant(right) && nanosecondsOf(left) === nanosecondsOf(right)
}

function incomparable(frame: Frame, left: Json, right: Json): never {
  const problem = `${aTime(left)} and ${aTime(right)} cannot be compared`
  return fail(frame, 'type', problem, comparisonRemedy([left, right]))
}

function comparisonRemedy(values: readonly Json[]): string {
  const hasInstant = values.some((value) => isInstant(value))
  if (values.some((value) => typeof value === 'string')) {
    return hasInstant
      ? 'make an instant of the text with parse_time(text)'
      : "make a duration of the text with duration('1h30m')"
  }
  if (hasInstant && values.some((value) => typeof value === 'number')) {
    return "make an instant of the number with parse_time(number, 'unix')"
  }
  return "compare two instants or two durations; a duration in seconds is d / duration('1s')"
}

function aTime(value: Json): string {
  if (isInstant(value)) return 'an instant'
  if (isDuration(value)) return 'a duration'
  if (value === null) return 'null'
  if (typeof value === 'string') return 'a text'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : typeof value === 'boolean' ? 'a bool' : 'a number'
}
