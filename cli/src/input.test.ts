import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { Failure } from './failure.ts'
import {
  jsonOption,
  nonNegativeNumber,
  parsePairs,
  parseYamlObject,
  positiveInteger,
  sourceText,
  withoutLineEnd,
} from './input.ts'

test.each([
  ['a=1', 1],
  ['a=true', true],
  ['a=null', null],
  ['a={"b": [1]}', { b: [1] }],
  ['a="1"', '1'],
  ['a=text with = and spaces', 'text with = and spaces'],
  ['a=', ''],
  ['a=01234', '01234'],
  ['a={{ payload.x }}', '{{ payload.x }}'],
  ['a=9007199254740991', 9007199254740991],
  ['a=12345678901234567890', '12345678901234567890'],
])('parameter %j', (pair, value) => {
  expect(parsePairs([pair])).toEqual({ a: value })
})

test.each(['a={"b": [12345678901234567890]}', 'a=[1e400]'])('%s would be another number', (pair) => {
  expect(() => parsePairs([pair])).toThrow('more digits than can be kept')
})

test.each(['12345678901234567890', '[{"a\\"1": -1e400}]', '{"a": 0.12345678901234567890}'])(
  '%s would be another number',
  async (text) => {
    await expect(jsonOption(text, '--payload', input(''))).rejects.toThrow('--payload has the number')
  },
)

test.each(['"12345678901234567890"', '{"12345678901234567890": 0.1}', '[1e20, -5.50, "\\"1e400"]'])(
  '%s is the same afterwards',
  async (text) => {
    expect(await jsonOption(text, '--payload', input(''))).toEqual(JSON.parse(text))
  },
)

test.each(['id: 12345678901234567890', 'a: [+1e400]', '{"a": 9007199254740993}', '12345678901234567890: b'])(
  'YAML with %s would be another number',
  (source) => {
    expect(() => parseYamlObject(source, 'rule.yaml')).toThrow('rule.yaml has the number')
  },
)

test('YAML with numbers that can be kept is read as ever', () => {
  const source = 'a: .5\nb: 1.\nc: 007\nd: +1e3\ne: 0x10\nf: .inf\ng: "12345678901234567890"\nh: -0.5'

  expect(parseYamlObject(source, 'rule.yaml')).toEqual({
    a: 0.5,
    b: 1,
    c: 7,
    d: 1000,
    e: 16,
    f: Infinity,
    g: '12345678901234567890',
    h: -0.5,
  })
})

test('a byte order mark is no part of a file or of what is piped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'attune-input-'))
  const file = join(folder, 'payload.json')
  writeFileSync(file, '\uFEFF{"a": 1}')

  expect(await jsonOption(`@${file}`, '--payload', input(''))).toEqual({ a: 1 })
  expect(await jsonOption('-', '--payload', input('\uFEFF{"a": 2}'))).toEqual({ a: 2 })
  expect(await sourceText(file, input(''))).toBe('{"a": 1}')
  rmSync(folder, { recursive: true })
})

function input(stdin: string) {
  return { stdin: Readable.from([stdin]), signal: new AbortController().signal }
}

test('the last of two equal names wins, and no name is special', () => {
  expect(parsePairs(['a=1', 'a=2'])).toEqual({ a: 2 })
  expect(Object.entries(parsePairs(['__proto__=1']))).toEqual([['__proto__', 1]])
})

test.each(['a', '=1', ''])('%j is not a parameter', (pair) => {
  expect(() => parsePairs([pair])).toThrow(Failure)
})

test.each(['0', '-1', '1.5', '1e3', '', ' 1', '11'])('%j is not a whole number from 1 to 10', (text) => {
  expect(() => positiveInteger('a limit', 10)(text)).toThrow(Failure)
})

test('durations may be zero and broken', () => {
  expect(['0', '0.5', '300'].map(nonNegativeNumber('a timeout'))).toEqual([0, 0.5, 300])
  expect(() => nonNegativeNumber('a timeout')('-1')).toThrow(Failure)
})

test('only the line break at the end of a secret is dropped', () => {
  expect([' a \n', 'a\r\n', 'a\n\n', 'a'].map(withoutLineEnd)).toEqual([' a ', 'a', 'a\n', 'a'])
})

test.each(['- a', 'text', ': : :', ''])('%j is not a map of fields', (source) => {
  expect(() => parseYamlObject(source, 'rule.yaml')).toThrow(Failure)
})
