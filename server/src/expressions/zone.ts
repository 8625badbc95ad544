import { LRUCache } from 'lru-cache'
import {
  type Clock,
  clockNanoseconds,
  dateOf,
  floorDivide,
  fractionOf,
  parseOffset,
  perSecond,
} from './time.ts'

/** How far the clocks of a place are before UTC, which changes with the seasons. */
export type Zone = { readonly name: string; offsetAt(nanoseconds: bigint): bigint }

/** Users name zones, and each takes some memory. */
const known = new LRUCache<string, Zone>({ max: 100 })

/** A zone by its offset (`+02:00`), as `UTC`, or by its name in the IANA database (`Europe/Berlin`). */
export function findZone(name: string): Zone | undefined {
  const fixed = parseOffset(name)
  if (fixed !== undefined) return { name, offsetAt: () => fixed }
  const zone = known.get(name) ?? namedZone(name)
  if (zone !== undefined) known.set(name, zone)
  return zone
}

function namedZone(name: string): Zone | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,60}$/.test(name)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    return { name, offsetAt: (nanoseconds) => offsetBy(format, nanoseconds) }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function offsetBy(format: Intl.DateTimeFormat, nanoseconds: bigint): bigint {
  const seconds = floorDivide(nanoseconds, perSecond) * perSecond
  const parts = new Map(format.formatToParts(dateOf(seconds)).map(({ type, value }) => [type, value]))
  const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  const year = parts.get('era') === 'BC' ? 1 - read('year') : read('year')
  const local = clockNanoseconds({
    year,
    month: read('month'),
    day: read('day'),
    hour: read('hour'),
    minute: read('minute'),
    second: read('second'),
    nanosecond: 0,
  })
  return local === undefined ? 0n : local - seconds
}

/** What clocks in a zone show at an instant. */
export function clockIn(zone: Zone, nanoseconds: bigint): Clock & { weekday: number } {
  const local = nanoseconds + zone.offsetAt(nanoseconds)
  const date = dateOf(local)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond: Number(fractionOf(local)),
    weekday: date.getUTCDay(),
  }
}

/**
 * When clocks in a zone show something. What they show twice is meant the first time; what they skip is as long after
 * the last moment before the gap as it would be without the gap.
 */
export function whenClocksShow(zone: Zone, clock: Clock): bigint | undefined {
  const local = clockNanoseconds(clock)
  if (local === undefined) return undefined
  const day = 86_400n * perSecond
  const before = zone.offsetAt(local - day)
  const after = zone.offsetAt(local + day)
  const shown = [local - before, local - after].filter((at) => at + zone.offsetAt(at) === local)
  return shown.length === 0 ? local - before : shown.reduce((a, b) => (a < b ? a : b))
}
