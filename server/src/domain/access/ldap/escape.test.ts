import fc from 'fast-check'
import { FilterParser } from 'ldapts'
import { expect, test } from 'vitest'
import { filled, filterValue, nameValue } from './escape.ts'

test.each([
  ['ada', 'ada', 'ada'],
  ['*', '\\2a', '*'],
  ['a)(uid=*', 'a\\29\\28uid=\\2a', 'a)(uid\\3d*'],
  ['x,ou=admins', 'x,ou=admins', 'x\\2cou\\3dadmins'],
  [' a ', ' a ', '\\20a\\20'],
  ['#1', '#1', '\\231'],
  ['\\', '\\5c', '\\5c'],
  ['\u0000', '\\00', '\\00'],
])('%j is %j in a filter and %j in a name', (text, inFilter, inName) => {
  expect(filterValue(text)).toBe(inFilter)
  expect(nameValue(text)).toBe(inName)
})

test('whatever the login is, the filter still asks for that one value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (login) => {
      const filter = FilterParser.parseString(filled('(uid={login})', filterValue(login)))
      expect(filter).toMatchObject({ attribute: 'uid', value: login })
    }),
  )
})

test('whatever the login is, the name has as many parts as the template', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from(' ,+"\\<>;=#ab\n\u0000é')) }), (login) => {
      const name = filled('uid={login},dc=example', nameValue(login))
      expect(name.split(/(?<!\\),/)).toHaveLength(2)
      expect(name).not.toMatch(/[+"<>;#\n]/)
    }),
  )
})

test('a login with patterns of replacement is put in as it is', () => {
  expect(filled('uid={login}', "$&$'")).toBe("uid=$&$'")
})
