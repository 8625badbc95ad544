import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shownPath } from './shown-path.ts'

const key = 'wh_0123456789abcdef0123456789abcdef'

test.each([
  ['/api/v1/rules/demo.one', '/api/v1/rules/demo.one'],
  ['/api/v1/keys?value=hush', '/api/v1/keys'],
  ['/api/v1/keys;value=hush', '/api/v1/keys'],
  [`/api/v1/webhooks/${key}`, '/api/v1/webhooks/***'],
  ['/api/v1/webhooks/a-key-of-my-own/more', '/api/v1/webhooks/***'],
  ['/api/v1/%77ebhooks/a-key-of-my-own', '/api/v1/webhooks/***'],
  ['/api/v1/%77ebhooks/a-key%zz', '/api/v1/webhooks/***'],
  ['/api%2Fv1%2Fwebhooks%2Fa-key-of-my-own', '/api/v1/webhooks/***'],
  ['//api/v1//webhooks/a-key-of-my-own', '//api/v1//webhooks/***'],
  ['/api/v1/triggers/demo.one/webhooks/enable', '/api/v1/triggers/demo.one/webhooks/enable'],
  [`/webhook/${key}/`, '/webhook/***/'],
  ['/x/attune_it_AbC-_09', '/x/***'],
  ['/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln/y', '/x/***/y'],
  ['/api/v1/rules/volcano.eyjafjallajokull', '/api/v1/rules/volcano.eyjafjallajokull'],
  ['/a%00b', '/a\uFFFDb'],
])('%s is shown as %s', (url, shown) => {
  expect(shownPath(url)).toBe(shown)
})

test('a key is never shown, however its letters are written', () => {
  const letters = fc.array(fc.boolean(), { minLength: key.length, maxLength: key.length })

  fc.assert(
    fc.property(letters, fc.webQueryParameters(), (encoded, query) => {
      const written = Array.from(key, (letter, at) =>
        encoded[at] ? `%${letter.charCodeAt(0).toString(16)}` : letter,
      )
      const shown = shownPath(`/hooks/${written.join('')}?${query}`)

      expect(shown).toBe('/hooks/***')
    }),
  )
})
