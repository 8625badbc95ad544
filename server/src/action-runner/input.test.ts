import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { JsonObject } from '../json.ts'
import { inputDocument, mergeInput } from './input.ts'

function document(format: 'json' | 'dotenv' | 'yaml', input: JsonObject): string {
  const made = inputDocument(format, input)
  if (made.kind === 'refused') throw new Error(made.error)
  return made.text
}

test('a parameter wins over a key of the same name, and the key is named', () => {
  expect(mergeInput({ a: 1, b: 2 }, { b: 'key', c: 'key' })).toEqual({
    input: { a: 1, b: 2, c: 'key' },
    shadowed: ['b'],
  })
})

test('json is one compact line with sorted names at every level', () => {
  expect(document('json', { b: 1, a: { d: 2, c: 3 }, l: [{ z: 1, y: 2 }] })).toBe(
    '{"a":{"c":3,"d":2},"b":1,"l":[{"y":2,"z":1}]}',
  )
  expect(document('json', {})).toBe('{}')
})

test('names that objects know already are ordinary names', () => {
  const input: JsonObject = JSON.parse('{"__proto__":{"b":1,"a":2},"constructor":1}')

  expect(document('json', mergeInput(input, {}).input)).toBe('{"__proto__":{"a":2,"b":1},"constructor":1}')
})

test('yaml is a block mapping that ends with a newline and reads back as the input', () => {
  const input = {
    b: 'x: y',
    a: { d: [1, 'two', null], c: true },
    n: null,
    t: 'line\nbreak\n',
    y: 'yes',
    e: {},
  }

  const text = document('yaml', input)

  expect(text.endsWith('\n') && !text.endsWith('\n\n')).toBe(true)
  expect(text.startsWith('a:\n  c: true\n')).toBe(true)
  expect(parse(text)).toEqual(input)
  expect(document('yaml', {})).toBe('{}\n')
})

test('dotenv flattens objects, quotes for a shell and sorts whole lines', () => {
  const text = document('dotenv', {
    url: 'u',
    h: { 'X-A': "it's" },
    e: {},
    l: [1, { b: 1, a: 2 }],
    n: null,
    ok: true,
    i: 1.5,
  })

  expect(text).toBe(`h.X-A='it'\\''s'\ni='1.5'\nl='[1,{"a":2,"b":1}]'\nn=''\nok='true'\nurl='u'`)
  expect(document('dotenv', {})).toBe('')
})

test('dotenv lines are sorted as bytes, not as UTF-16', () => {
  expect(document('dotenv', { '\u{1F600}': 1, '\uFF5E': 2, a: 3 })).toBe(`a='3'\n\uFF5E='2'\n\u{1F600}='1'`)
})

test('dotenv refuses a line break inside a name, at every level, and takes it in a value', () => {
  expect(inputDocument('dotenv', { o: { 'a\nb': 1 } })).toMatchObject({
    kind: 'refused',
    error: expect.stringContaining('line break'),
  })
  expect(document('dotenv', { a: 'x\ny' })).toBe(`a='x\ny'`)
})
