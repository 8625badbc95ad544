import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { compileExpression } from './compile.ts'
import { ExpressionError } from './error.ts'
import type { Context } from './frame.ts'
import { compileTemplates } from './template.ts'

const scope = { roots: ['event'] }
const event: Json = {
  berlin: '2030-03-01T13:00:00+01:00',
  utc: '2030-03-01T12:00:00Z',
  later: '2030-03-01T12:30:00.250Z',
  n: 1_900_000_000,
}
const context: Context = { roots: { event }, now: '2030-03-01T14:00:00.000Z' }

function evaluate(text: string, of: Context = context): Json {
  return compileExpression(text, scope).evaluate(of).value
}

function outcome(text: string): Json {
  try {
    return evaluate(text)
  } catch (error) {
    if (error instanceof ExpressionError) return `error: ${error.message}`
    throw error
  }
}

describe('times', () => {
  test.each<[string, Json]>([
    // reading
    ["parse_time('2030-03-01T12:00:00Z')", '2030-03-01T12:00:00.000Z'],
    ["parse_time('2030-03-01T13:00:00+01:00')", '2030-03-01T12:00:00.000Z'],
    ["parse_time('2030-03-01 12:00:00.5+00')", '2030-03-01T12:00:00.500Z'],
    ["parse_time('2030-03-01t12:00:00.123456z')", '2030-03-01T12:00:00.123456Z'],
    ["parse_time('2030-03-01T12:00:00.123456789Z')", '2030-03-01T12:00:00.123456789Z'],
    ["parse_time('2030-03-01T12:00Z')", '2030-03-01T12:00:00.000Z'],
    ["parse_time('2030-12-31T23:59:60Z')", '2031-01-01T00:00:00.000Z'],
    ["parse_time('01.03.2030 12:00', '%d.%m.%Y %H:%M')", '2030-03-01T12:00:00.000Z'],
    ["parse_time('01.03.2030 12:00', '%d.%m.%Y %H:%M', 'Europe/Berlin')", '2030-03-01T11:00:00.000Z'],
    ["parse_time('2030-07-01', '%F', 'Europe/Berlin')", '2030-06-30T22:00:00.000Z'],
    ["parse_time('Fri, 01 Mar 2030 12:00:00 GMT', 'rfc2822')", '2030-03-01T12:00:00.000Z'],
    ["parse_time('Fri, 01 Mar 2030 12:00:00 -0500', 'rfc2822')", '2030-03-01T17:00:00.000Z'],
    ["parse_time('01/Mar/2030:12:00:00 +0000', '%d/%b/%Y:%H:%M:%S %z')", '2030-03-01T12:00:00.000Z'],
    ["parse_time('3/1/30 1:05 PM', '%m/%d/%y %I:%M %p')", '2030-03-01T13:05:00.000Z'],
    ["parse_time('12:05 am 2030-03-01', '%I:%M %p %F')", '2030-03-01T00:05:00.000Z'],
    ["parse_time('March 1, 2030', '%B %d, %Y')", '2030-03-01T00:00:00.000Z'],
    ["parse_time(event.n, 'unix')", '2030-03-17T17:46:40.000Z'],
    ["parse_time('1900000000.5', 'unix')", '2030-03-17T17:46:40.500Z'],
    ["parse_time(1900000000123, 'unix_ms')", '2030-03-17T17:46:40.123Z'],
    ["parse_time('-1', 'unix')", '1969-12-31T23:59:59.000Z'],
    ['parse_time(now())', '2030-03-01T14:00:00.000Z'],
    // clocks that are set forward or back
    ["parse_time('2030-03-31 02:30', '%F %H:%M', 'Europe/Berlin')", '2030-03-31T01:30:00.000Z'],
    ["parse_time('2030-10-27 02:30', '%F %H:%M', 'Europe/Berlin')", '2030-10-27T00:30:00.000Z'],
    // writing
    ["format_time(parse_time(event.utc), '%F %T')", '2030-03-01 12:00:00'],
    [
      "format_time(parse_time(event.utc), '%F %T %z %:z %Z', 'Europe/Berlin')",
      '2030-03-01 13:00:00 +0100 +01:00 Europe/Berlin',
    ],
    [
      "format_time(parse_time(event.utc), '%A %B %d, %I:%M %p', 'America/New_York')",
      'Friday March 01, 07:00 AM',
    ],
    ["format_time(parse_time(event.utc), '%a %b %j %y %%', '+05:30')", 'Fri Mar 060 30 %'],
    ["format_time(parse_time(event.later), '%L %f %N %s')", '250 250000 250000000 1898598600'],
    ["format_time(parse_time(event.utc), 'rfc3339', 'Asia/Kolkata')", '2030-03-01T17:30:00+05:30'],
    ["format_time(now(), 'rfc2822')", 'Fri, 01 Mar 2030 14:00:00 +0000'],
    // durations
    ["duration('1h30m')", 'PT1H30M'],
    ["duration('PT1H30M')", 'PT1H30M'],
    ["duration('P1DT2H')", 'PT26H'],
    ["duration('P2W')", 'PT336H'],
    ["duration('1.5h')", 'PT1H30M'],
    ["duration('90s')", 'PT1M30S'],
    ["duration('250ms')", 'PT0.25S'],
    ["duration('-1d')", '-PT24H'],
    ["duration('0s')", 'PT0S'],
    ["duration(duration('1m'))", 'PT1M'],
    ["-duration('1h')", '-PT1H'],
    ["duration('1h') + duration('30m')", 'PT1H30M'],
    ["duration('1h') - duration('30m')", 'PT30M'],
    ["duration('1h') * 2", 'PT2H'],
    ["1.5 * duration('1h')", 'PT1H30M'],
    ["duration('1h') / 4", 'PT15M'],
    ["duration('1h') / duration('1m')", 60],
    ["duration('90m') % duration('1h')", 'PT30M'],
    // arithmetic and comparison
    ["parse_time(event.utc) + duration('1h')", '2030-03-01T13:00:00.000Z'],
    ["duration('1h') + parse_time(event.utc)", '2030-03-01T13:00:00.000Z'],
    ["parse_time(event.utc) - duration('1d')", '2030-02-28T12:00:00.000Z'],
    ['now() - parse_time(event.utc)', 'PT2H'],
    ["(now() - parse_time(event.utc)) / duration('1s')", 7200],
    ['parse_time(event.berlin) == parse_time(event.utc)', true],
    ['parse_time(event.berlin) != parse_time(event.utc)', false],
    ['parse_time(event.berlin) < parse_time(event.later)', true],
    ["now() - parse_time(event.utc) > duration('1h')", true],
    ["parse_time(event.utc) + duration('3h') < now()", false],
    ["parse_time('2030-03-01T12:00:00.0001Z') == parse_time('2030-03-01T12:00:00.0002Z')", false],
    ['parse_time(event.berlin) in [parse_time(event.utc)]', true],
    ['[parse_time(event.berlin)] == [parse_time(event.utc)]', true],
    ['now() == null', false],
    ['now() == 1', false],
    ["now() == duration('1h')", false],
    ['min(now(), parse_time(event.utc))', '2030-03-01T12:00:00.000Z'],
    ["max(duration('1h'), duration('61m'))", 'PT1H1M'],
    ['sort([now(), parse_time(event.utc)])', ['2030-03-01T12:00:00.000Z', '2030-03-01T14:00:00.000Z']],
    ['length(unique([parse_time(event.berlin), parse_time(event.utc)]))', 1],
    ['type_of(now())', 'instant'],
    ["type_of(duration('1s'))", 'duration'],
    ['bool(now())', true],
    // an instant where text is needed
    ['slice(now(), 0, 10)', '2030-03-01'],
    ["split(now(), 'T')[0]", '2030-03-01'],
    ["'2030' in now()", true],
    ["starts_with(now(), '2030')", true],
    ["'at ' + string(now())", 'at 2030-03-01T14:00:00.000Z'],
    ["string(duration('1h'))", 'PT1H'],
    ['to_json([now()])', '["2030-03-01T14:00:00.000Z"]'],
    ["join([now()], '')", '2030-03-01T14:00:00.000Z'],
    ['length(now())', 24],
    [
      'map(t in [event.berlin, event.utc], parse_time(t))',
      ['2030-03-01T12:00:00.000Z', '2030-03-01T12:00:00.000Z'],
    ],
  ])('%s', (text, value) => {
    expect(outcome(text)).toEqual(value)
  })

  test.each([
    ["event.utc + '1h' < now()", 'parse_time(text)'],
    ["event.utc + duration('1h')", 'parse_time(text)'],
    ["now() + '1h'", "duration('1h30m')"],
    ["now() - '1h'", "duration('1h30m')"],
    ['event.utc < now()', 'parse_time(text)'],
    ['now() == event.utc', 'parse_time(text)'],
    ['event.utc != now()', 'parse_time(text)'],
    ["now() == '2030'", 'parse_time(text)'],
    ["now() in ['2030']", 'parse_time(text)'],
    ['now() in [event.utc]', 'parse_time(text)'],
    ["duration('1h') > '30m'", "duration('1h30m')"],
    ['now() - parse_time(event.utc) > 3600', "d / duration('1s')"],
    ['now() > event.n', "parse_time(number, 'unix')"],
    ['now() + 3600', "duration('90s')"],
    ['now() + now()', 'instants differ by a duration'],
    ["duration('1h') * duration('1h')", 'instants differ'],
    ["duration('1h') / 0", 'check the divisor'],
    ["duration('1h') / duration('0s')", 'check the divisor'],
    ['-now()', 'use it with numbers'],
    ['parse_time(event.n)', "'unix'"],
    ["parse_time('2030-03-01')", 'it has no zone'],
    ["parse_time('2030-03-01T12:00:00')", 'it has no zone'],
    ["parse_time('2030-02-30T12:00:00Z')", 'is not a time'],
    ["parse_time('yesterday')", 'is not a time'],
    ["parse_time('01.03.2030', '%Y')", 'correct the format'],
    ["parse_time('x', '%Q')", 'directive'],
    ["parse_time('2030-03-01', '%F', 'Mars/Base')", 'no time zone'],
    ["format_time(event.utc, '%F')", 'parse_time(text)'],
    ["format_time(now(), '%F', 'nowhere')", 'no time zone'],
    ['format_time(now())', 'takes 2 to 3 arguments'],
    ['duration(90)', "duration('90s')"],
    ["duration('P1M')", 'months and years'],
    ["duration('1 hour')", "'1h30m'"],
    ["duration('P')", "'1h30m'"],
    ["parse_time('9999-12-31T23:00:00Z') + duration('2h')", 'out of range'],
    ["parse_time('0000-01-01T00:00:00Z') - duration('2h')", 'out of range'],
    ['now().year', 'looks for a member of an instant'],
  ])('%s says what to write', (text, remedy) => {
    const found = outcome(text)
    expect(found).toMatch(/^error: /)
    expect(found).toContain(remedy.replace('parse_time(text)', 'parse_time(text'))
  })

  test('leave a template as text', () => {
    const document = {
      at: '{{ now() }}',
      all: '{{ [now(), {}] }}',
      in: 'in {{ duration("1h") }}',
      list: '{{ [parse_time(event.utc)] }}',
    }
    const { all: _, ...valid } = document
    expect(compileTemplates(valid, scope, { mode: 'lenient' }).render(context).value).toEqual({
      at: '2030-03-01T14:00:00.000Z',
      in: 'in PT1H',
      list: ['2030-03-01T12:00:00.000Z'],
    })
  })

  test('made of a secret are secret', () => {
    const secret = { ...context, secrets: { event: ['/utc'] } }
    const compiled = compileExpression('[parse_time(event.utc), now()]', scope)
    expect(compiled.evaluate(secret).secret_paths).toEqual(['/0'])
  })
})

describe('laws of times', () => {
  const when = fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  const zone = fc.integer({ min: -14 * 60, max: 14 * 60 })
  const written = fc.tuple(when, zone).map(([date, minutes]) => {
    const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1)
    const size = Math.abs(minutes)
    const two = (n: number) => String(n).padStart(2, '0')
    return { date, text: `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}` }
  })
  const of = (a: string, b: string): Context => ({ roots: { event: { a, b } }, now: '' })
  const holds = (text: string, a: string, b: string) => evaluate(text, of(a, b)) === true

  test('a − b + b is a', () => {
    fc.assert(
      fc.property(written, written, (a, b) =>
        holds(
          'parse_time(event.b) + (parse_time(event.a) - parse_time(event.b)) == parse_time(event.a)',
          a.text,
          b.text,
        ),
      ),
    )
  })

  test('instants compare as they are, whatever their zones', () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        const less = evaluate('parse_time(event.a) < parse_time(event.b)', of(a.text, b.text))
        const same = evaluate('parse_time(event.a) == parse_time(event.b)', of(a.text, b.text))
        expect([less, same]).toEqual([a.date < b.date, a.date.getTime() === b.date.getTime()])
      }),
    )
  })

  test('what is written in a zone is read there as the same instant', () => {
    const zones = [
      'UTC',
      '+05:45',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
    ]
    fc.assert(
      fc.property(written, fc.constantFrom(...zones), ({ date, text }, name) => {
        fc.pre(date.getTime() > 0) // earlier, some offsets had seconds, which %z cannot say
        const format = '%Y-%m-%dT%H:%M:%S.%L'
        const shown = `format_time(parse_time(event.a), '${format} %z', '${name}')`
        expect(evaluate(`parse_time(${shown}, '${format} %z')`, of(text, ''))).toBe(
          new Date(Math.floor(date.getTime())).toISOString(),
        )
      }),
    )
  })

  test('a text in JSON is read as the instant that it was', () => {
    fc.assert(
      fc.property(written, (a) =>
        holds('parse_time(string(parse_time(event.a))) == parse_time(event.a)', a.text, ''),
      ),
    )
  })
})
