import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { jsonDocument, yamlDocument } from './document.ts'

/** Text without lone surrogates: the server stores none and YAML has no way to write one. */
const value = fc.jsonValue({ stringUnit: 'binary' })

test('JSON reads back as the same value and holds no control characters', () => {
  fc.assert(
    fc.property(value, (value) => {
      const text = jsonDocument(value)

      expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value))
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})

test.each([
  ['\u001b[2J', '"\\e[2J"\n'],
  ['\u009b2J', '"\\u009b2J"\n'],
  ['a\u202eb', '"a\\u202eb"\n'],
])('YAML writes %j out and reads back the same', (text, document) => {
  expect(yamlDocument(text)).toBe(document)
  expect(parse(document)).toBe(text)
})

test('YAML reads back as the same value', () => {
  const value = { a: [1, 'true', null, { 'key: x': 'two\nlines\n' }], 'k\u0085ey': '\u2028', same: [{}, {}] }

  expect(parse(yamlDocument(value))).toEqual(value)
  expect(yamlDocument(value)).not.toMatch(/[^\P{Cc}\n]/u)
})
