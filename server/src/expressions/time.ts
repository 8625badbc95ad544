import type { Json, JsonObject } from '../json.ts'

const since = Symbol('nanoseconds since 1970')
const lasting = Symbol('nanoseconds')

/**
 * A point in time, to the nanosecond, and a length of time. While an expression is evaluated they are values like any
 * other: objects without members, which no JSON can be made to look like. They are text wherever they leave the
 * expression: see `plain`. A day has 24 hours; months and years have no length.
 */
export type Instant = JsonObject & { readonly [since]: bigint }
export type Duration = JsonObject & { readonly [lasting]: bigint }
export type Time = Instant | Duration

export function isInstant(value: unknown): value is Instant {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, since)
}

export function isDuration(value: unknown): value is Duration {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, lasting)
}

export function isTime(value: unknown): value is Time {
  return isInstant(value) || isDuration(value)
}

/** Of an instant, since the beginning of 1970 in UTC. */
export function nanosecondsOf(time: Time): bigint {
  return isInstant(time) ? time[since] : time[lasting]
}

export const perSecond = 1_000_000_000n
const perMillisecond = 1_000_000n
const perMicrosecond = 1000n
const perMinute = 60n * perSecond
const perHour = 60n * perMinute

/** The years that have four digits. */
const earliest = BigInt(Date.UTC(2000, 0, 1) - 2000 * 366 * 86_400_000) * perMillisecond
const latest = BigInt(Date.UTC(10_000, 0, 1)) * perMillisecond

/** The instant, if its year can be written in four digits. */
export function instantAt(nanoseconds: bigint): Instant | undefined {
  if (nanoseconds < earliest || nanoseconds >= latest) return undefined
  const year = dateOf(nanoseconds).getUTCFullYear()
  return year >= 0 ? { [since]: nanoseconds } : undefined
}

/** The duration, if it fits between two instants. */
export function durationOf(nanoseconds: bigint): Duration | undefined {
  const longest = latest - earliest
  return nanoseconds < -longest || nanoseconds > longest ? undefined : { [lasting]: nanoseconds }
}

/** The moment to the millisecond, and what is beyond that. */
export function dateOf(nanoseconds: bigint): Date {
  return new Date(Number(floorDivide(nanoseconds, perMillisecond)))
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}

/** The nanoseconds after the last whole second. */
export function fractionOf(nanoseconds: bigint): bigint {
  return nanoseconds - floorDivide(nanoseconds, perSecond) * perSecond
}

/** RFC 3339 in UTC for an instant, ISO 8601 for a duration. */
export function timeText(time: Time): string {
  return isInstant(time) ? instantText(time) : durationText(time)
}

/** With milliseconds, or with as many digits more as it takes. */
function instantText(instant: Instant): string {
  const nanoseconds = nanosecondsOf(instant)
  const digits = String(fractionOf(nanoseconds)).padStart(9, '0')
  const shown = digits.endsWith('000000') ? 3 : digits.endsWith('000') ? 6 : 9
  return `${dateOf(nanoseconds).toISOString().slice(0, 19)}.${digits.slice(0, shown)}Z`
}

function durationText(duration: Duration): string {
  const nanoseconds = nanosecondsOf(duration)
  if (nanoseconds === 0n) return 'PT0S'
  const left = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const hours = left / perHour
  const minutes = (left % perHour) / perMinute
  const seconds = (left % perMinute) / perSecond
  const digits = String(left % perSecond)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const fraction = digits === '' ? '' : `.${digits}`
  const last = seconds === 0n && fraction === '' ? '' : `${seconds}${fraction}S`
  return `${nanoseconds < 0n ? '-' : ''}PT${hours > 0n ? `${hours}H` : ''}${minutes > 0n ? `${minutes}M` : ''}${last}`
}

/** What a text says where it says when: the parts of a date and a time of day, and how far the zone is from UTC. */
export type Clock = {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  nanosecond: number
}

/** The time of a clock in UTC, as nanoseconds; undefined if there is no such date or time of day. */
export function clockNanoseconds(clock: Clock): bigint | undefined {
  const { year, month, day, hour, minute, second, nanosecond } = clock
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return undefined
  const seconds = BigInt(date.getTime() / 1000 + hour * 3600 + minute * 60 + second)
  return seconds * perSecond + BigInt(nanosecond)
}

const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?(Z|z|[+-]\d\d(?::?\d\d)?)$/

/** Reads RFC 3339, also with a blank between date and time and with less of a time or zone, as databases write it. */
export function parseRfc3339(text: string): Instant | undefined {
  const match = rfc3339.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = 'Z'] = match
  const offset = parseOffset(zone)
  const local = clockNanoseconds({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    nanosecond: nanosecondsIn(fraction),
  })
  return local === undefined || offset === undefined ? undefined : instantAt(local - offset)
}

/** What digits after the point of a second mean. */
export function nanosecondsIn(digits: string): number {
  return Number(digits.padEnd(9, '0').slice(0, 9))
}

/** How far a zone such as `+02:00` is before UTC, as nanoseconds. */
export function parseOffset(zone: string): bigint | undefined {
  if (/^(?:z|utc|gmt)$/i.test(zone)) return 0n
  const [, sign, hours = '', minutes = '00'] = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(zone) ?? []
  if (sign === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined
  const size = BigInt(hours) * perHour + BigInt(minutes) * perMinute
  return sign === '-' ? -size : size
}

const units: Readonly<Record<string, bigint>> = {
  w: 7n * 24n * perHour,
  d: 24n * perHour,
  h: perHour,
  m: perMinute,
  s: perSecond,
  ms: perMillisecond,
  us: perMicrosecond,
  µs: perMicrosecond,
  ns: 1n,
}

const compact = /^([+-]?)((?:\d{1,15}(?:\.\d{1,9})?(?:ms|us|µs|ns|w|d|h|m|s))+)$/
const iso =
  /^([+-]?)P(?=.)(?:(\d{1,15})W)?(?:(\d{1,15})D)?(?:T(?=.)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15}(?:[.,]\d{1,9})?)S)?)?$/

/** Reads `1h30m`, `-1.5d` and ISO 8601 (`PT1H30M`, `P2D`). */
export function parseDuration(text: string): Duration | undefined {
  if (text.length > 100) return undefined
  const [, sign, parts] = compact.exec(text) ?? []
  if (parts !== undefined) {
    const total = [...parts.matchAll(/([\d.]+)([^\d.]+)/g)].reduce(
      (sum, [, amount = '0', unit = '']) => sum + amountOf(amount, units[unit] ?? 0n),
      0n,
    )
    return durationOf(sign === '-' ? -total : total)
  }
  const [whole, isoSign, ...amounts] = iso.exec(text) ?? []
  if (whole === undefined) return undefined
  const total = ['w', 'd', 'h', 'm', 's'].reduce(
    (sum, unit, i) => sum + amountOf(amounts[i] ?? '0', units[unit] ?? 0n),
    0n,
  )
  return durationOf(isoSign === '-' ? -total : total)
}

function amountOf(amount: string, unit: bigint): bigint {
  const [whole = '0', fraction = ''] = amount.split(/[.,]/)
  return BigInt(whole) * unit + (BigInt(fraction.padEnd(9, '0')) * unit) / perSecond
}

/** A value without instants and durations: they are text outside of expressions. What has none is not copied. */
export function plain(value: Json, depth = 0): Json {
  if (typeof value !== 'object' || value === null) return value
  if (isTime(value)) return timeText(value)
  if (depth > MAX_DEPTH || !holdsTime(value, depth)) return value
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, depth + 1)]))
}

/** Deeper than what an expression can make itself, and than what any result may be. */
const MAX_DEPTH = 500

function holdsTime(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false
  return isTime(value) || Object.values(value).some((member) => holdsTime(member, depth + 1))
}
