import { describe, expect, test } from 'vitest'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createThreads, jobOf } from '../threads/bounded-threads.ts'
import { parseLargeOutput, parseOutput, readOutput } from './output.ts'

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

describe('hostile output', { timeout: 120_000 }, () => {
  const limits = { threads: createThreads({ most: 2 }), most_bytes: 1024 * 1024 }

  /** What happens meanwhile on the event loop: the longest time that it was held up. */
  async function heldUp<Result>(work: Promise<Result>): Promise<{ result: Result; worstMs: number }> {
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    const result = await work
    delay.disable()
    return { result, worstMs: delay.max / 1e6 }
  }

  test.each([
    [
      '60 000 equal keys',
      'yaml',
      'k: 1\n'.repeat(60_000),
      { kind: 'unreadable', error: /gives a key twice/ },
    ],
    ['an error on each line', 'yaml', 'a: ]\n'.repeat(60_000), { kind: 'unreadable', error: /not YAML/ }],
    ['nesting', 'yaml', '['.repeat(400_000), { kind: 'unreadable', error: /nested too deeply/ }],
    [
      'aliases',
      'yaml',
      `a: &a 1\n${'- *a\n'.repeat(60_000)}`,
      { kind: 'unreadable', error: /too many aliases/ },
    ],
    ['lines that are none', 'jsonl', '{\n'.repeat(300_000), { kind: 'unreadable', error: /No line/ }],
    [
      'more than can be stored',
      'json',
      `["${'x'.repeat(2_000_000)}"]`,
      { kind: 'refused', error: /at most 1048576/ },
    ],
    ['a large document that is in order', 'json', `["${'x'.repeat(900_000)}"]`, { kind: 'data' }],
  ] as const)('%s does not hold up the worker', async (_name, format, text, expected) => {
    const { result, worstMs } = await heldUp(readOutput(format, text, limits))

    expect(result.kind).toBe(expected.kind)
    if ('error' in expected) expect(result).toMatchObject({ error: expect.stringMatching(expected.error) })
    expect(worstMs).toBeLessThan(2000)
  })

  test('what takes longer than its time is refused', async () => {
    const yaml = Array.from({ length: 100_000 }, (_, n) => `k${n}: 1`).join('\n')
    const job = jobOf(parseLargeOutput, new URL('output.ts', import.meta.url).href)

    const end = await limits.threads.run(job, { format: 'yaml', stdout: yaml, most_bytes: 1 }, 1)

    expect(end).toEqual({ kind: 'ended', reason: 'it took longer than 0.001 seconds' })
  })
})

describe('a number with more digits than can be kept is its text, and that is said', () => {
  test.each<['json' | 'jsonl' | 'yaml', string, unknown, string]>([
    ['json', '{"id":12345678901234567890,"n":1}', { id: '12345678901234567890', n: 1 }, 'id'],
    ['json', 'log\n{"a":[1e400]}', { a: ['1e400'] }, 'a.0'],
    ['json', '12345678901234567890', '12345678901234567890', 'the whole output'],
    [
      'jsonl',
      '{"a":1}\n9007199254740993\n{"b":-1e999}',
      [{ a: 1 }, '9007199254740993', { b: '-1e999' }],
      '1, 2.b',
    ],
    ['yaml', 'id: 12345678901234567890', { id: '12345678901234567890' }, '12345678901234567890'],
    ['yaml', 'a: +12345678901234567890', { a: '+12345678901234567890' }, '+12345678901234567890'],
    ['yaml', 'a: 1e400', { a: '1e400' }, '1e400'],
    ['yaml', 'a: 0xffffffffffffffffff', { a: '0xffffffffffffffffff' }, '0xffffffffffffffffff'],
    ['yaml', '12345678901234567890: x', { '12345678901234567890': 'x' }, '12345678901234567890'],
  ])('%s %j', (format, text, value, named) => {
    expect(parseOutput(format, text)).toMatchObject({
      kind: 'data',
      data: value,
      warning: `Numbers with more digits than can be kept are text: ${named}; print them in quotes`,
    })
  })

  test.each<['json' | 'yaml', string]>([
    ['json', '{"id":"12345678901234567890","f":0.1,"e":1e20}'],
    ['yaml', 'id: "12345678901234567890"\nf: .5\ng: 1.\nh: 007\ni: +1e3\nj: 0x10\nk: .inf\nl: 2026-01-01'],
  ])('but nothing of %s %j', (format, text) => {
    expect(parseOutput(format, text)).not.toHaveProperty('warning')
  })
})
