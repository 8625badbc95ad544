import { expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { nonNegativeNumber, parsePairs, parseYamlObject, positiveInteger, withoutLineEnd } from './input.ts'

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
