import type { Json } from '../json.ts'
import { mismatch, needString } from './argument.ts'
import { fail, type Frame, spend } from './frame.ts'
import {
  type Duration,
  type Instant,
  instantAt,
  isDuration,
  isInstant,
  isTime,
  nanosecondsOf,
  parseDuration,
  parseRfc3339,
  perSecond,
  timeText,
} from './time.ts'
import { directives, parseFormat, readTime, writeTime } from './time-format.ts'
import { findZone, type Zone } from './zone.ts'

/** The time of the evaluation: the same for every call in it. */
export function now(frame: Frame): Instant {
  const { now } = frame.context
  frame.now ??= read(typeof now === 'function' ? now() : now)
  return frame.now
}

function read(text: string): Instant {
  const instant = parseRfc3339(text)
  if (instant === undefined) throw new Error(`The time of an evaluation is RFC 3339, not '${text}'.`)
  return instant
}

/** An instant from text or, by the formats that count from 1970, from a number. An instant stays as it is. */
export function parseTime(frame: Frame, value: Json, format?: Json, zone?: Json): Instant {
  if (isInstant(value)) return value
  const wanted = format === undefined ? undefined : needString(frame, format, 2)
  if (wanted === 'unix' || wanted === 'unix_ms') return sinceEpoch(frame, value, wanted)
  if (typeof value === 'number') {
    const remedy = "say what it counts: parse_time(n, 'unix') for seconds, 'unix_ms' for milliseconds"
    return fail(frame, 'type', 'A number alone is not a time', remedy)
  }
  const text = needString(frame, value, 1)
  spend(frame, 4 + (text.length >> 6))
  return wanted === undefined
    ? (parseRfc3339(text) ?? notATime(frame, text))
    : parseBy(frame, text, { format: wanted, zone: zoneOf(frame, zone, 3) })
}

function notATime(frame: Frame, text: string): never {
  const remedy = /^\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?$/.test(text)
    ? "it has no zone: add one, or say how it is written, as in parse_time(text, '%Y-%m-%d'), which takes it for UTC"
    : "write it as 2030-01-31T12:00:00Z, or say how it is written, as in parse_time(text, '%d.%m.%Y %H:%M')"
  return fail(frame, 'type', 'The text is not a time with a zone (RFC 3339)', remedy)
}

type By = { format: string; zone: Zone }

function parseBy(frame: Frame, text: string, { format, zone }: By): Instant {
  const pieces = piecesOf(frame, format)
  spend(frame, 50)
  const nanoseconds = readTime(pieces, text, zone)
  const instant = nanoseconds === undefined ? undefined : instantAt(nanoseconds)
  if (instant !== undefined) return instant
  return fail(
    frame,
    'type',
    'The text is not written as the format says',
    'look at an event and correct the format',
  )
}

function piecesOf(frame: Frame, format: string) {
  if (format.length > 200) fail(frame, 'limit', 'The format is longer than 200 characters', 'shorten it')
  const pieces = parseFormat(format)
  if (!('unknown' in pieces)) return pieces
  const names = Object.keys(directives).join(' ')
  return fail(frame, 'type', 'The format has a directive that does not exist', `write some of ${names} %F %T`)
}

function sinceEpoch(frame: Frame, value: Json, unit: 'unix' | 'unix_ms'): Instant {
  const factor = unit === 'unix' ? perSecond : perSecond / 1000n
  const text = typeof value === 'number' ? decimal(value) : needString(frame, value, 1)
  const [, sign, whole, digits = ''] = /^([+-]?)(\d{1,20})(?:\.(\d{1,20}))?$/.exec(text) ?? []
  if (whole === undefined)
    return fail(frame, 'type', 'The value is not a number of seconds since 1970', 'pass a number')
  const size = BigInt(whole) * factor + (BigInt(digits.padEnd(9, '0').slice(0, 9)) * factor) / perSecond
  return (
    instantAt(sign === '-' ? -size : size) ??
    fail(frame, 'type', 'The time is out of range', "years have four digits; is it in 'unix_ms'?")
  )
}

/** A double has digits enough for microseconds; more of them would be noise. */
function decimal(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6)
}

/** A duration from text; a duration stays as it is. */
export function duration(frame: Frame, value: Json): Duration {
  if (isDuration(value)) return value
  if (typeof value === 'number') {
    return fail(frame, 'type', 'A number alone is not a duration', "write its unit, as in duration('90s')")
  }
  const text = needString(frame, value, 1)
  const parsed = parseDuration(text)
  if (parsed !== undefined) return parsed
  const remedy = /^[+-]?P[\dT.,]*[\d.,]+[YM]/.test(text)
    ? 'months and years have no fixed length: write days'
    : "write it as '1h30m' (units w d h m s ms us ns), or as ISO 8601: 'PT1H30M'"
  return fail(frame, 'type', 'The text is not a duration', remedy)
}

/** An instant as text, in UTC or the zone that is named. */
export function formatTime(frame: Frame, value: Json, format?: Json, zone?: Json): Json {
  if (!isInstant(value)) return notAnInstant(frame, value)
  const wanted = needString(frame, format ?? null, 2)
  const nanoseconds = nanosecondsOf(value)
  spend(frame, 50)
  return writeTime(piecesOf(frame, wanted), nanoseconds, zoneOf(frame, zone, 3))
}

function notAnInstant(frame: Frame, value: Json): never {
  if (typeof value !== 'string') return mismatch(frame, value, { position: 1, needs: 'an instant' })
  const remedy = 'make an instant of it first: format_time(parse_time(text), …)'
  return fail(frame, 'type', 'format_time() is given a text, not an instant', remedy)
}

function zoneOf(frame: Frame, zone: Json | undefined, position: number): Zone {
  const name = zone === undefined ? 'UTC' : needString(frame, zone, position)
  spend(frame, 50)
  const found = findZone(name)
  if (found !== undefined) return found
  const remedy = "name one as 'UTC', '+02:00' or 'Europe/Berlin'"
  return fail(frame, 'type', 'There is no time zone of that name', remedy)
}

/** What a function that knows nothing of times is given in place of one: its text. */
export function asText(value: Json): Json {
  return isTime(value) ? timeText(value) : value
}
