import { describe, expect, test } from 'vitest'
import { parseOutput } from './output.ts'

const data = (value: unknown, partial = false) => ({ kind: 'data', data: value, partial })

test('text and blank output have no data', () => {
  expect(parseOutput('text', '{"a":1}')).toEqual({ kind: 'none' })
  for (const format of ['json', 'yaml', 'jsonl'] as const)
    expect(parseOutput(format, ' \n')).toEqual({ kind: 'none' })
})

describe('json', () => {
  test.each([
    ['{"a":1}\n', { a: 1 }],
    ['[1]', [1]],
    ['5', 5],
    ['null', null],
    ['{\n  "a": 1\n}\n', { a: 1 }],
  ])('%j is read', (text, expected) => {
    expect(parseOutput('json', text)).toEqual(data(expected))
  })

  test('the last line is read where the rest is a log', () => {
    expect(parseOutput('json', 'log\n{"a":1}')).toEqual(data({ a: 1 }, true))
  })

  test.each(['oops', '{"a":1}\nlog'])('%j is not readable', (text) => {
    expect(parseOutput('json', text)).toMatchObject({ kind: 'unreadable', error: expect.any(String) })
  })

  test('a member called __proto__ is an ordinary one', () => {
    const parsed = parseOutput('json', '{"__proto__":{"a":1}}')

    expect(JSON.stringify(parsed)).toContain('"__proto__":{"a":1}')
  })

  test('nesting that would break its readers is refused', () => {
    const deep = '['.repeat(300) + ']'.repeat(300)

    expect(parseOutput('json', deep)).toMatchObject({
      kind: 'unreadable',
      error: expect.stringContaining('200 levels'),
    })
  })
})

test('jsonl takes the lines that parse', () => {
  expect(parseOutput('jsonl', '{"a":1}\nx\n\n{"b":2}\r\n')).toEqual(data([{ a: 1 }, { b: 2 }], true))
  expect(parseOutput('jsonl', '1\n\n2\n')).toEqual(data([1, 2]))
  expect(parseOutput('jsonl', 'x\ny')).toMatchObject({ kind: 'unreadable' })
})

describe('yaml', () => {
  test.each([
    ['a: 1', { a: 1 }],
    ['hello', 'hello'],
    ['- 1\n- two', [1, 'two']],
    ['when: 2024-01-01', { when: '2024-01-01' }],
    ['x: .inf', { x: null }],
    ['1: one', { '1': 'one' }],
  ])('%j is read', (text, expected) => {
    expect(parseOutput('yaml', text)).toEqual(data(expected))
  })

  test('several documents and broken ones are not readable', () => {
    expect(parseOutput('yaml', 'a: 1\n---\nb: 2')).toMatchObject({ kind: 'unreadable' })
    expect(parseOutput('yaml', 'a: [1')).toMatchObject({ kind: 'unreadable' })
  })

  test('aliases that multiply are refused', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let n = 1; n < 9; n += 1)
      lines.push(
        `a${n}: &a${n} [${Array(10)
          .fill(`*a${n - 1}`)
          .join(', ')}]`,
      )

    expect(parseOutput('yaml', lines.join('\n'))).toMatchObject({ kind: 'unreadable' })
  })
})
