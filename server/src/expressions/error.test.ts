import { describe, expect, test } from 'vitest'
import { compileExpression } from './compile.ts'
import { ExpressionError } from './error.ts'
import type { Json } from '../json.ts'

function failure(text: string, event: Json = {}): ExpressionError {
  try {
    compileExpression(text, { roots: ['event'] }).evaluate({ roots: { event }, now: '' })
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error(`${text} was expected to fail`)
}

describe('an error', () => {
  test('names what is wrong, the text, the position and the remedy', () => {
    const error = failure('event.n > 1 and event.payload.x == 1', { n: 2, payload: {} })

    expect(error.message).toBe(
      "There is no 'event.payload.x' (position 17 of `event.n > 1 and event.payload.x == 1`): send it, or guard with has(…) or default(…, fallback).",
    )
    expect(error.at).toEqual({ start: 16, end: 31 })
    expect(error.expression.slice(error.at.start, error.at.end)).toBe('event.payload.x')
  })

  test.each([
    ['event.a == 1 and', 16, 16],
    ['event.a ==== 1', 10, 12],
    ['event.a | upper', 8, 9],
    ['(event.a', 8, 8],
    ['length(event.a, 2)', 0, 18],
    ['event.a + nope(1)', 10, 17],
    ['event.list[5].x', 0, 13],
    ['"x" + event.n', 0, 13],
    ['1 + upper(event.n)', 4, 18],
    ['match("(", "")', 6, 9],
  ])('points at the place: %s', (text, start, end) => {
    expect(failure(text, { a: 1, n: 1, list: [1] }).at).toEqual({ start, end })
  })

  test.each([
    ['a && b', "write 'and'"],
    ['a || b', "write 'or'"],
    ['!a', "write 'not'"],
    ['a = 1', "compare with '=='"],
    ['a | upper', 'call a function'],
    ['a ? 1 : 2', 'there is no conditional operator'],
    ['{"a": 1}', 'there are no object literals'],
    ['{{ a }}', 'templates do not nest'],
    ['event.f(1)', 'only a bare name can be called'],
    ['', 'write a value'],
    ["a =~ 'x'", 'match(pattern, text)'],
    ["a !~ 'x'", 'not match(pattern, text)'],
    ['a === 1', "compare with '=='"],
    ['a !== 1', "compare with '!='"],
    ['a <> 1', "compare with '!='"],
    ['a ?? 1', 'default(value, fallback)'],
    ['a?.b', 'default(path, fallback)'],
    ['a ** 2', 'multiply'],
    ['a // 2', 'floor(…)'],
    ['a & b', "write 'and'"],
    ['!(a)', "write 'not'"],
    ['event.l.map(x => x)', 'name the element'],
    ['any(x => x > 1)', 'name the element'],
    ['1 if event.a else 2', 'there is no conditional operator'],
    ['(1 if event.a else 2)', 'there is no conditional operator'],
    ['[x for x in event.l]', 'map(x in list, …)'],
    ['event.a AND event.b', "write 'and'"],
    ['(event.a OR event.b)', "write 'or'"],
    ['event.a contains 1', 'contains(container, value)'],
    ["event.a matches 'x'", 'match(pattern, text)'],
    ["event.a startswith 'x'", 'starts_with(text, part)'],
    ['event.a is null', "compare with '=='"],
    ["event.s.startsWith('x')", 'starts_with(text, part)'],
    ["event.s.includes('x')", 'contains(container, value)'],
    ['event.l.length()', 'length(value)'],
    ['len(event.l)', 'length(value)'],
    ['lenght(event.l)', "write 'length'"],
    ['event.a == True', "write 'true'"],
    ['event.a == None', "write 'null'"],
    ['event.a == undefined', 'has(path)'],
    ["strftime(now(), '%F')", 'format_time(instant, format)'],
    ['$event.a', 'without it'],
    ['`a`', 'put text in'],
    ['{% if a %}', 'there are no statements'],
  ])('tells how it is said here: %s', (text, remedy) => {
    expect(failure(text).message).toContain(remedy)
  })

  test('never shows a value', () => {
    const secret = 'hunter2'
    const event: Json = { s: secret, list: [secret], [secret]: 1, o: {} }
    const texts = [
      'event.s + 1',
      'event.s.x',
      '-event.s',
      'event.s < 1',
      'int(event.s)',
      'match(event.s + "(", "")',
    ]
    const more = [
      'event.o[event.s]',
      'event.list[event.s]',
      'from_json(event.s)',
      'sum(event.list)',
      'sort([1, event.s])',
    ]
    for (const text of [...texts, ...more]) expect(failure(text, event).message).not.toContain(secret)
  })

  test('shows the part of a long text that matters', () => {
    const error = failure(`${'event.a + '.repeat(100)}event.b`, { a: 1 })
    expect(error.message.length).toBeLessThan(400)
    expect(error.message).toContain('event.b')
  })
})
