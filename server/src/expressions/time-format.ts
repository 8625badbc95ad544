import { type Clock, nanosecondsIn, parseOffset, perSecond } from './time.ts'
import { clockIn, type Zone, whenClocksShow } from './zone.ts'

const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** Formats that have a name. */
const named: Readonly<Record<string, string>> = {
  rfc3339: '%Y-%m-%dT%H:%M:%S%:z',
  rfc2822: '%a, %d %b %Y %H:%M:%S %z',
}

type Shown = Clock & { weekday: number; offset: bigint; zone: string; nanoseconds: bigint }

type Directive = {
  readonly says: string
  readonly write: (shown: Shown) => string
  /** The text that it takes from what stands there, and what that means; undefined where it only writes. */
  readonly read?: { readonly pattern: RegExp; readonly into: (read: Read, text: string) => void }
}

/** What has been read of a text so far. */
type Read = Partial<Clock> & { offset?: bigint; nanoseconds?: bigint; afternoon?: boolean; unknown?: boolean }

const two = (value: number) => String(value).padStart(2, '0')
const twoDigits = /\d{1,2}/y
const fourDigits = /\d{1,4}/y

function number(key: keyof Clock, says: string, { width = 2, shift = 0 } = {}): Directive {
  return {
    says,
    write: (shown) => String(shown[key]).padStart(width, '0'),
    read: {
      pattern: width === 4 ? fourDigits : twoDigits,
      into: (read, text) => {
        read[key] = Number(text) + shift
      },
    },
  }
}

function monthNamed(length: number | undefined, says: string): Directive {
  return {
    says,
    write: ({ month }) => (months[month - 1] ?? '').slice(0, length),
    read: {
      pattern: /[A-Za-z]{3,9}\.?/y,
      into: (read, text) => {
        const name = text.replace('.', '').toLowerCase()
        const found = months.findIndex((month) => month.toLowerCase().startsWith(name))
        if (found === -1) read.unknown = true
        read.month = found + 1
      },
    },
  }
}

function weekdayNamed(length: number | undefined, says: string): Directive {
  // Which day of the week it is follows from the date.
  return {
    says,
    write: ({ weekday }) => (weekdays[weekday] ?? '').slice(0, length),
    read: { pattern: /[A-Za-z]{3,9}\.?/y, into: () => undefined },
  }
}

function fraction(count: number, says: string): Directive {
  return {
    says,
    write: ({ nanosecond }) => String(nanosecond).padStart(9, '0').slice(0, count),
    read: {
      pattern: /\d{1,9}/y,
      into: (read, text) => {
        read.nanosecond = nanosecondsIn(text)
      },
    },
  }
}

function offset(colon: string, says: string): Directive {
  return {
    says,
    write: (shown) => {
      const minutes = Number(shown.offset / (60n * perSecond))
      const size = Math.abs(minutes)
      return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`
    },
    read: {
      pattern: /Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d/iy,
      into: (read, text) => {
        const parsed = parseOffset(text)
        if (parsed === undefined) read.unknown = true
        else read.offset = parsed
      },
    },
  }
}

/** What a percent sign and a letter mean: as in C, Python, Ruby and the shell's `date`, in English. */
export const directives: Readonly<Record<string, Directive>> = {
  '%Y': number('year', 'year', { width: 4 }),
  '%y': {
    says: 'year in two digits, 1969 to 2068',
    write: ({ year }) => two(year % 100),
    read: {
      pattern: twoDigits,
      into: (read, text) => {
        read.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)
      },
    },
  },
  '%m': number('month', 'month, 01 to 12'),
  '%d': number('day', 'day of the month, 01 to 31'),
  '%H': number('hour', 'hour, 00 to 23'),
  '%I': {
    says: 'hour, 01 to 12',
    write: ({ hour }) => two(hour % 12 === 0 ? 12 : hour % 12),
    read: {
      pattern: twoDigits,
      into: (read, text) => {
        if (Number(text) < 1 || Number(text) > 12) read.unknown = true
        read.hour = Number(text) % 12
      },
    },
  },
  '%p': {
    says: 'AM or PM',
    write: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
    read: {
      pattern: /[AP]\.?M\.?/iy,
      into: (read, text) => {
        read.afternoon = /^p/i.test(text)
      },
    },
  },
  '%M': number('minute', 'minute'),
  '%S': number('second', 'second'),
  '%L': fraction(3, 'milliseconds'),
  '%f': fraction(6, 'microseconds; up to nine digits are read'),
  '%N': fraction(9, 'nanoseconds'),
  '%b': monthNamed(3, 'month: Jan'),
  '%B': monthNamed(undefined, 'month: January'),
  '%a': weekdayNamed(3, 'day of the week: Mon'),
  '%A': weekdayNamed(undefined, 'day of the week: Monday'),
  '%j': {
    says: 'day of the year, 001 to 366; only written',
    write: ({ year, month, day }) =>
      String((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000 + 1).padStart(3, '0'),
  },
  '%z': offset('', 'offset of the zone: +0200; `Z`, `UTC` and `GMT` are read too'),
  '%:z': offset(':', 'offset of the zone: +02:00'),
  '%Z': { says: 'name of the zone as it was given; only written', write: ({ zone }) => zone },
  '%s': {
    says: 'seconds since 1970',
    write: ({ nanoseconds }) => String((nanoseconds - (nanoseconds % perSecond)) / perSecond),
    read: {
      pattern: /-?\d{1,15}/y,
      into: (read, text) => {
        read.nanoseconds = BigInt(text) * perSecond
      },
    },
  },
  '%%': { says: 'a percent sign', write: () => '%', read: { pattern: /%/y, into: () => undefined } },
}

type Piece = string | Directive

/** A format taken apart; the directive that does not exist, if there is one. */
export function parseFormat(format: string): readonly Piece[] | { unknown: string } {
  const text = (Object.hasOwn(named, format) ? named[format] : format) ?? format
  const spelled = text.replaceAll('%F', '%Y-%m-%d').replaceAll('%T', '%H:%M:%S')
  const pieces: Piece[] = []
  for (const piece of spelled.match(/%:?[\s\S]?|[^%]+/g) ?? []) {
    if (!piece.startsWith('%')) pieces.push(piece)
    else if (Object.hasOwn(directives, piece)) pieces.push(directives[piece] ?? '')
    else return { unknown: piece }
  }
  return pieces
}

export function writeTime(pieces: readonly Piece[], nanoseconds: bigint, zone: Zone): string {
  const offset = zone.offsetAt(nanoseconds)
  const shown: Shown = { ...clockIn(zone, nanoseconds), offset, zone: zone.name, nanoseconds }
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.write(shown))).join('')
}

/** Reads a text by a format; undefined if it is not written so. Where the text has no zone of its own, `zone` counts. */
export function readTime(pieces: readonly Piece[], text: string, zone: Zone): bigint | undefined {
  const read: Read = {}
  let position = 0
  for (const piece of pieces) {
    const taken = take(piece, text, { position, read })
    if (taken === undefined) return undefined
    position += taken.length
  }
  if (position !== text.length || read.unknown) return undefined
  return momentOf(read, zone)
}

function take(piece: Piece, text: string, at: { position: number; read: Read }): string | undefined {
  if (typeof piece === 'string') return text.startsWith(piece, at.position) ? piece : undefined
  if (piece.read === undefined) return undefined
  const { pattern, into } = piece.read
  pattern.lastIndex = at.position
  const [taken] = pattern.exec(text) ?? []
  if (taken !== undefined) into(at.read, taken)
  return taken
}

const midnight = { month: 1, day: 1, hour: 0, minute: 0, second: 0, nanosecond: 0 }

function momentOf(read: Read, zone: Zone): bigint | undefined {
  const { nanoseconds, afternoon, offset, unknown: _, ...given } = read
  const { year, hour = 0, nanosecond = 0 } = given
  if (nanoseconds !== undefined) return nanoseconds + BigInt(nanosecond)
  if (year === undefined) return undefined
  const clock: Clock = { ...midnight, ...given, year }
  if (afternoon === true && hour < 12) clock.hour = hour + 12
  return whenClocksShow(offset === undefined ? zone : { name: '', offsetAt: () => offset }, clock)
}
