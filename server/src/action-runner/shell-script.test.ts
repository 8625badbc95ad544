import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { identifier, shellScript } from './shell-script.ts'

function lines(parameters: JsonObject, keys: JsonObject = {}, exported: string[] = []): string[] {
  const script = shellScript({ code: 'true', parameters, keys, exported: new Set(exported) })
  return script.split('\n').slice(2, -1)
}

test('the script stops at the first error and ends with the code as it was written', () => {
  expect(shellScript({ code: 'echo a\necho b', parameters: {}, keys: {}, exported: new Set() })).toBe(
    '#!/bin/bash\nset -e\necho a\necho b',
  )
})

test('each input is a variable of its own name and of PARAM_ with the upper-case name', () => {
  expect(lines({ name: "it's", n: 1.5, t: true, z: null, o: { y: 2, x: 1 }, l: [1, 'b'] })).toEqual([
    `PARAM_L='[1,"b"]'`,
    `l='[1,"b"]'`,
    `PARAM_N='1.5'`,
    `n='1.5'`,
    `PARAM_NAME='it'\\''s'`,
    `name='it'\\''s'`,
    `PARAM_O='{"x":1,"y":2}'`,
    `o='{"x":1,"y":2}'`,
    `PARAM_T='true'`,
    `t='true'`,
    `PARAM_Z='null'`,
    `z='null'`,
  ])
})

test.each([
  ['a-b.c', 'a_b_c'],
  ['1st', '_st'],
  ['', '_'],
  ['ä', '_'],
  ['__proto__', '__proto__'],
])('the name %j becomes the variable %j', (name, expected) => {
  expect(identifier(name)).toBe(expected)
})

describe('of two names that become one variable', () => {
  test('the first in order wins', () => {
    expect(lines({ 'a.b': 2, 'a-b': 1 })).toEqual([`PARAM_A_B='1'`, `a_b='1'`])
  })

  test('a parameter wins over a key', () => {
    expect(lines({ a_b: 'parameter' }, { 'a-b': 'key' })).toEqual([
      `PARAM_A_B='parameter'`,
      `a_b='parameter'`,
    ])
  })

  test('both keep what differs', () => {
    expect(lines({ B: 1, b: 2 })).toEqual([`PARAM_B='1'`, `B='1'`, `b='2'`])
  })
})

test('names with a meaning to shells and names that are exported are set in their PARAM_ form only', () => {
  expect(lines({ PATH: 'x', LD_PRELOAD: 'y', DEBUG: 'z' }, {}, ['DEBUG'])).toEqual([
    `PARAM_DEBUG='z'`,
    `PARAM_LD_PRELOAD='y'`,
    `PARAM_PATH='x'`,
  ])
})

test('a PARAM_ name that is exported already is left alone', () => {
  expect(lines({ a: 1 }, {}, ['PARAM_A'])).toEqual([`a='1'`])
})
