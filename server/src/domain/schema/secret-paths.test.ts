import { describe, expect, test } from 'vitest'
import type { Json } from '../../json.ts'
import { compileParameterSchema } from './compile.ts'

const schema = {
  token: { type: 'string', secret: true },
  user: { type: 'string' },
  db: {
    type: 'object',
    properties: { password: { type: 'string', secret: true }, host: { type: 'string' } },
  },
  keys: { type: 'array', items: { type: 'string', secret: true } },
  accounts: { type: 'array', items: { type: 'object', properties: { 'p/w~': { secret: true } } } },
  headers: { type: 'object', secret: true },
}

describe('secret paths', () => {
  const { secretPaths, isSecretPath } = compileParameterSchema(schema)

  test('are found in members and items, in both forms', () => {
    const paths = ['/token', '/db/password', '/keys/*', '/accounts/*/p~1w~0', '/headers']

    expect(secretPaths).toEqual(paths)
    expect(compileParameterSchema({ type: 'object', properties: schema }).secretPaths).toEqual(paths)
  })

  test.each([
    ['/token', true],
    ['/token/below', true],
    ['/user', false],
    ['/db', false],
    ['/db/password', true],
    ['/db/host', false],
    ['/keys/0', true],
    ['/keys/12', true],
    ['/keys', false],
    ['/keys/first', false],
    ['/accounts/3/p~1w~0', true],
    ['/accounts/3/p/w~', false],
    ['/headers/Authorization', true],
    ['', false],
    ['/unknown/x', false],
  ])('%j is secret: %s', (pointer, expected) => {
    expect(isSecretPath(pointer)).toBe(expected)
  })

  test.each<[string, Json, string[], string[]]>([
    [
      'any form of a choice',
      { x: { oneOf: [{ type: 'string' }, { properties: { k: { secret: true } } }] } },
      ['/x/k'],
      ['/x'],
    ],
    ['a form that is secret as a whole', { x: { anyOf: [{ type: 'null' }, { secret: true }] } }, ['/x'], []],
    [
      'names of a pattern',
      { x: { patternProperties: { '^k_': { secret: true } } } },
      ['/x/k_1'],
      ['/x/other'],
    ],
    [
      'all other names',
      { x: { properties: { a: {} }, additionalProperties: { secret: true } } },
      ['/x/b'],
      ['/x/a'],
    ],
    [
      'a place in a list',
      { x: { prefixItems: [{}, { secret: true }], items: {} } },
      ['/x/1'],
      ['/x/0', '/x/2'],
    ],
    ['the rest of a list', { x: { prefixItems: [{}], items: { secret: true } } }, ['/x/1', '/x/9'], ['/x/0']],
    [
      'a condition',
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      { type: 'object', if: {}, then: { properties: { k: { secret: true } } } },
      ['/k'],
      ['/j'],
    ],
    ['the whole', { type: 'object', secret: true }, ['', '/any'], []],
  ])('are found in %s', (_, given, secret, open) => {
    const compiled = compileParameterSchema(given)

    expect(secret.filter((pointer) => !compiled.isSecretPath(pointer))).toEqual([])
    expect(open.filter(compiled.isSecretPath)).toEqual([])
  })

  test('are none without a schema or without secrets', () => {
    expect(compileParameterSchema(null).secretPaths).toEqual([])
    expect(compileParameterSchema({ a: { type: 'string' } }).isSecretPath('/a')).toBe(false)
  })
})

describe('collecting secrets', () => {
  const { collectSecrets, isSecretPath } = compileParameterSchema(schema)

  test('gives the outermost secret values with their places', () => {
    const values = {
      token: 't',
      user: 'u',
      db: { password: { nested: 'p' }, host: 'h' },
      keys: ['a', 'b'],
      accounts: [{}, { 'p/w~': 'q' }],
      headers: { Authorization: 'x' },
    }
    const found = collectSecrets(values)

    expect(found).toEqual([
      { pointer: '/token', value: 't' },
      { pointer: '/db/password', value: { nested: 'p' } },
      { pointer: '/keys/0', value: 'a' },
      { pointer: '/keys/1', value: 'b' },
      { pointer: '/accounts/1/p~1w~0', value: 'q' },
      { pointer: '/headers', value: { Authorization: 'x' } },
    ])
    expect(found.every(({ pointer }) => isSecretPath(pointer))).toBe(true)
  })

  test('passes over what is missing, null, or of another type', () => {
    expect(collectSecrets({ token: null, db: 'text', keys: { a: 1 }, accounts: [null] })).toEqual([])
    expect(collectSecrets('text')).toEqual([])
  })

  test('keeps values that are false or empty', () => {
    expect(collectSecrets({ token: '', headers: false })).toEqual([
      { pointer: '/token', value: '' },
      { pointer: '/headers', value: false },
    ])
  })
})
