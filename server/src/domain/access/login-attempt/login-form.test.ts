import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keysOf } from './limit.ts'
import { loginForm } from './login-form.ts'

test.each([
  ['a soft hyphen', 'a\u00adda'],
  ['a zero-width space', 'ad\u200ba'],
  ['joiners', 'a\u200cd\u200da'],
  ['a word joiner', 'a\u2060da'],
  ['a byte order mark', '\ufeffada'],
  ['a combining grapheme joiner', 'a\u034fda'],
  ['a variation selector', 'ad\ufe0fa'],
  ['a Mongolian vowel separator', 'a\u180eda'],
  ['marks of direction', '\u202aada\u202c'],
  ['tags', 'ada\u{e0041}'],
  ['a control character', 'a\u0001da'],
  ['an object replacement in plain form', 'a\u2061da'],
  ['outer blanks', '  ada\t'],
  ['inner blanks', 'a  d a'],
  ['a no-break space', 'ada\u00a0'],
  ['an ideographic space', '\u3000ada'],
  ['a line separator', 'ada\u2028'],
  ['case', 'AdA'],
  ['wide letters', '\uff41\uff44\uff41'],
  ['letters of mathematics', '\u{1d41a}\u{1d41d}\u{1d41a}'],
  ['letters in circles', '\u24d0\u24d3\u24d0'],
  ['an accent', '\u00e1d\u00e0'],
  ['an accent of its own', 'a\u0301da'],
])('%s changes nothing', (_, login) => {
  expect(loginForm(login)).toBe('ada')
})

test.each([
  ['stra\u00dfe', 'STRASSE'],
  ['\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2', '\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3'],
  ['o\ufb03ce', 'OFFICE'],
  ['\u212aelvin', 'kelvin'],
  ['\u01c4', 'd\u017e'],
  ['I\u0307stanbul', 'istanbul'],
  ['\u0345\u{11f41}', '\u0399\u{11f41}'], // marks change places, and one of them is a letter above
])('%s and %s are one', (one, other) => {
  expect(loginForm(one)).toBe(loginForm(other))
})

test.each([
  ['ada', 'adb'],
  ['ada.l', 'ada-l'],
  ['cn=ada', 'cn=bob'],
  ['\u0430da', 'ada'], // a Cyrillic letter is another one, to a directory too
])('%s and %s are two', (one, other) => {
  expect(loginForm(one)).not.toBe(loginForm(other))
})

/** Text of any script, with much of what hides. */
const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('a', 'ß', 'İ', 'ſ', 'ﬁ', '\u00ad', '\u200b', ' ', '\u3000', '\u0345', '\u0301', 'Σ', 'ς'),
  ),
})
const hidden = fc.constantFrom(
  ...Array.from(
    '\u00ad\u034f\u061c\u115f\u180b\u200b\u200e\u2029\u2063\ufe00\ufeff \t\u00a0\u2003\u3000\u{e0020}\u{1d173}\u0000\u0085',
  ),
)

describe('whatever the login', () => {
  test('its form is a form already', () => {
    fc.assert(fc.property(text, (login) => loginForm(loginForm(login)) === loginForm(login)))
  })

  test('what hides changes nothing, wherever it stands', () => {
    fc.assert(
      fc.property(text, hidden, fc.nat(), (login, more, at) => {
        const letters = Array.from(login)
        letters.splice(at % (letters.length + 1), 0, more)
        expect(loginForm(letters.join(''))).toBe(loginForm(login))
      }),
    )
  })

  test('case and Unicode forms change nothing', () => {
    fc.assert(
      fc.property(text, (login) => {
        const spellings = [
          login.toUpperCase(),
          login.toLowerCase(),
          ...(['NFC', 'NFD', 'NFKC', 'NFKD'] as const).map((form) => login.normalize(form)),
        ]
        for (const spelling of spellings) expect(loginForm(spelling)).toBe(loginForm(login))
      }),
    )
  })

  test('every spelling of it fills the same limits, of our own accounts and of the directory', () => {
    fc.assert(
      fc.property(text, hidden, fc.constantFrom('local', 'ldap'), (login, more, provider) => {
        const keys = (spelling: string) => keysOf({ provider, login: spelling, client_ip: '192.0.2.7' })
        expect(keys(`${more}${login.toUpperCase()}${more}`)).toEqual(keys(login))
      }),
    )
  })
})
