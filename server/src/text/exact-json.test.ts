import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readExactJson, requireExactNumbers } from './exact-json.ts'
import { isExactNumber } from './exact-number.ts'

describe('a double holds', () => {
  test.each([
    '0',
    '-0',
    '0.0',
    '0e999',
    '1.0',
    '-1.5e3',
    '9007199254740991',
    '9007199254740992',
    '100000000000000000000',
    '1e20',
    '1E+308',
    '5e-324',
    '0.1',
    '0.30000000000000004',
    '0.10000000000000001',
    '3.3333333333333333',
    '2.0000000000000000',
    '123456789.12345678',
  ])('%s', (text) => {
    expect(isExactNumber(text)).toBe(true)
  })
})

describe('a double does not hold', () => {
  test.each([
    '12345678901234567890',
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '12345678901234567',
    '1e400',
    '-1e400',
    '1e-400',
    '3.141592653589793238',
    '1700000000.123456789',
    '0.12345678901234567890123',
    '123456789012345678901e-2',
    '18446744073709551615',
  ])('%s', (text) => {
    expect(isExactNumber(text)).toBe(false)
  })
})

test.each(['', '01', '+1', '.5', '1.', 'NaN', 'Infinity', '0x10', ' 1', '1_000', '١'])(
  '%j is no number of JSON',
  (text) => {
    expect(isExactNumber(text)).toBe(false)
  },
)

test.each<[string, unknown, string[]]>([
  ['12345678901234567890', '12345678901234567890', ['']],
  ['{"a":{"b":[1,1e400]}}', { a: { b: [1, '1e400'] } }, ['a.b.1']],
  ['{"a":"12345678901234567890","b":1}', { a: '12345678901234567890', b: 1 }, []],
  [
    '{"a\\"12345678901234567890":-9007199254740993}',
    { 'a"12345678901234567890': '-9007199254740993' },
    ['a"12345678901234567890'],
  ],
  ['["\\\\",12345678901234567890]', ['\\', '12345678901234567890'], ['1']],
  ['["\\\\\\"",12345678901234567890]', ['\\"', '12345678901234567890'], ['1']],
  ['{"__proto__":1e999}', JSON.parse('{"__proto__":"1e999"}'), ['__proto__']],
  ['[1e999,{"x":9007199254740993}]', ['1e999', { x: '9007199254740993' }], ['0', '1.x']],
])('%s is read without changing a number', (text, value, inexact) => {
  expect(readExactJson(text)).toEqual({ value, inexact })
})

test('what a program wrote is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(readExactJson(text)).toEqual({ value: JSON.parse(text), inexact: [] })
    }),
  )
})

test('a whole number of any length keeps its digits, as a number or as text', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n - 10n ** 21n, max: 10n ** 21n - 1n }), (whole) => {
      const { value, inexact } = readExactJson(`{"n":${whole}}`)
      const kept = (value as { n: number | string }).n // as written above
      // As it will be written: what a double is in full has more digits than what it stands for.
      expect(BigInt(String(kept))).toBe(whole)
      expect(inexact).toEqual(typeof kept === 'string' ? ['n'] : [])
    }),
  )
})

test('no number that cannot be held is overlooked', () => {
  const digits = (most: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: most }).map((all) => all.join(''))
  const numbers = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits(20),
      fc.oneof(fc.constant(''), digits(20)),
      fc.oneof(
        fc.constant(''),
        fc.integer({ min: -400, max: 400 }).map(String),
        fc.constantFrom('+5', '007'),
      ),
    )
    .map(([sign, whole, fraction, power]) => {
      const start = `${sign}${whole.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`
      return power === '' ? start : `${start}e${power}`
    })

  fc.assert(
    fc.property(numbers, (number) => {
      const { value, inexact } = readExactJson(`[1,${number}]`)

      expect(inexact).toEqual(isExactNumber(number) ? [] : ['1'])
      expect(value).toEqual([1, isExactNumber(number) ? Number(number) : number])
    }),
    { numRuns: 5000 },
  )
})

test('a number that cannot be held is refused with its path and the remedy', () => {
  expect(() => requireExactNumbers('{"payload":{"ids":[1,12345678901234567890]}}')).toThrow(
    'payload.ids.1: is a number with more digits than can be kept; send it as text, in quotes.',
  )
  expect(() => requireExactNumbers('1e400', 'payload')).toThrow('payload: is a number')
  expect(() => requireExactNumbers('{"a":12345678901234567,"b":"12345678901234567890"}')).toThrow('a: is')
  expect(() => requireExactNumbers('{"a":1.5,"b":"12345678901234567890"}')).not.toThrow()
})

test('long texts without an end and many numbers are looked at once', () => {
  const quotes = JSON.stringify('\\'.repeat(200_000))
  const zeros = `0.${'0'.repeat(500_000)}1`

  expect(readExactJson(`[${quotes},${zeros}]`).inexact).toEqual(['1'])
  expect(readExactJson(`${'['.repeat(100_000)}1e999${']'.repeat(100_000)}`).inexact).toEqual([''])
})
