import { describe, expect, test } from 'vitest'
import { jsonFault } from './json-fault.ts'

describe('what is JSON has no fault', () => {
  test.each([
    '{}',
    '[]',
    ' [ 1 , -0.5e+3 , true,false,null , "a\\n\\u00e9" ] ',
    '{"a":{"b":[{}]},"c":""}',
    '"text"',
    '0',
    '\t\r\n1 ',
    JSON.stringify({ long: '\\"'.repeat(100_000) }),
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
  ])('%#', (text) => {
    expect(JSON.parse(text)).toBeDefined()
    expect(jsonFault(text)).toBeUndefined()
  })
})

describe('what is not says where it stops being it', () => {
  test.each<[string, number, string]>([
    ['', 0, 'the end'],
    ['{', 1, 'the end'],
    ['{"a": 1,}', 8, '"}"'],
    ['[1,]', 3, '"]"'],
    ["{'a': 1}", 1, '"\'"'],
    ['payload=%7B%7D', 0, '"p"'],
    ['{"a" 1}', 5, '"1"'],
    ['{"a": 01}', 6, '"0"'],
    ['[NaN]', 1, '"N"'],
    ['["a\nb"]', 3, '"\\n"'],
    ['["\\x"]', 2, '"\\\\"'],
    ['{} {}', 3, '"{"'],
    ['[1}', 2, '"}"'],
    ['"open', 5, 'the end'],
    ['\uFEFF{}', 0, '"\uFEFF"'],
  ])('%j', (text, position, found) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(jsonFault(text)).toMatchObject({ position, found })
  })

  test('by line and column', () => {
    expect(jsonFault('{\n  "a": 1,\n  b: 2\n}')).toMatchObject({ line: 3, column: 3 })
  })
})
