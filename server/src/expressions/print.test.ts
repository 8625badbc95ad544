import { describe, expect, test } from 'vitest'
import { parseExpression } from './expression.ts'
import { printExpression } from './print.ts'

describe('printing', () => {
  test.each([
    ['(1+2)*3', '(1 + 2) * 3'],
    ['1+(2*3)', '1 + 2 * 3'],
    ['1-(2-3)', '1 - (2 - 3)'],
    ['(a==b)==c', 'a == b == c'],
    ['a==(b==c)', 'a == (b == c)'],
    ['not(a in b)', 'not a in b'],
    ['a not  in b', 'a not in b'],
    ['(not a)==b', '(not a) == b'],
    ['a and(not b or c)', 'a and (not b or c)'],
    ['-(-a)', '--a'],
    ['-(a+b)', '-(a + b)'],
    ['(-a).b', '(-a).b'],
    ['(1).x', '(1).x'],
    ["'a\"b\\\\'", '"a\\"b\\\\"'],
    ['"\\d\n"', '"\\\\d\\n"'],
    ['f( a ,[b,],"x" )[0].and.0', 'f(a, [b], "x")[0].and.0'],
    ['1e21', '1e+21'],
    ['1e20', '1e+20'],
    ['1.50', '1.5'],
    ['null', 'null'],
  ])('%s', (text, printed) => {
    expect(printExpression(parseExpression(text))).toBe(printed)
  })

  test('the text "in" is no operator', () => {
    expect(() => parseExpression('a not "in"')).toThrow("'not' is not expected here")
  })

  test('a tree says where its parts stand', () => {
    const text = ' a.b + f(1)[2]'
    const tree = parseExpression(text)

    expect(tree).toEqual({
      kind: 'binary',
      operator: '+',
      span: { start: 1, end: 14 },
      left: {
        kind: 'member',
        name: 'b',
        span: { start: 1, end: 4 },
        object: { kind: 'name', name: 'a', span: { start: 1, end: 2 } },
      },
      right: {
        kind: 'index',
        span: { start: 7, end: 14 },
        object: {
          kind: 'call',
          name: 'f',
          span: { start: 7, end: 11 },
          args: [{ kind: 'literal', value: 1, span: { start: 9, end: 10 } }],
        },
        index: { kind: 'literal', value: 2, span: { start: 12, end: 13 } },
      },
    })
  })
})
