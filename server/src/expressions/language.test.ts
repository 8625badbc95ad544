import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { compileExpression } from './compile.ts'
import { ExpressionError } from './error.ts'
import type { Context } from './frame.ts'
import type { Scope } from './scope.ts'

const scope: Scope = {
  roots: ['parameters', 'workflow', 'vars', 'variables', 'task', 'tasks', 'config', 'keystore', 'system'],
  functions: ['result', 'succeeded', 'failed', 'timed_out'],
  variables: 'workflow',
}

const variables = {
  n: 5,
  name: 'Ada',
  list: [3, 1, 2],
  empty: [],
  obj: { a: 1, b: 2, 'k v': 9, and: 7 },
}
const result = { exit_code: 0, data: { items: [10, 20] }, items: [10, 20] }
const fetched: { [key: string]: Json } = { ...result, ok: true }
const task = { fetch: { ...fetched, result: fetched } }

const context: Context = {
  roots: {
    parameters: { url: 'http://h', count: 3, flag: true, none: null, deep: { a: [{ b: 1 }] } },
    workflow: variables,
    vars: variables,
    variables,
    task,
    tasks: task,
    config: { x: 'from the pack' },
  },
  functions: { result: () => result, succeeded: () => true, failed: () => false, timed_out: () => false },
  now: '2030-01-02T03:04:05.678Z',
}

/** The value of an expression, or the kind of its error. */
function outcome(text: string): unknown {
  try {
    return compileExpression(text, scope).evaluate(context).value
  } catch (error) {
    if (error instanceof ExpressionError) return `error: ${error.kind}`
    throw error
  }
}

const missing = 'error: missing'
const type = 'error: type'
const parse = 'error: parse'
const arity = 'error: arity'

/** Number of the contract's case, expression, value or kind of error. */
const cases: readonly (readonly [number, string, unknown])[] = [
  [1, '1 + 2 * 3', 7],
  [1, '(1 + 2) * 3', 9],
  [2, '10 / 4', 2.5],
  [2, '10 / 5', 2],
  [2, '10.0 / 5', 2],
  [3, '-7 / 2', -3.5],
  [3, '-7 % 3', -1],
  [3, '7.5 % 2', 1.5],
  [4, '1 / 0', 'error: division'],
  [4, '1.0 / 0.0', 'error: division'],
  [4, '1 % 0', 'error: division'],
  [5, '2 - -3', 5],
  [5, '--3', 3],
  [5, '3 - 1 - 1', 1],
  [5, '100 / 10 / 2', 5],
  [6, '0.1 + 0.2', 0.30000000000000004],
  [7, '9223372036854775807 + 1', type],
  [7, '9007199254740991 + 1', type],
  [8, '9223372036854775808', parse],
  [8, '1.', parse],
  [8, '.5', parse],
  [8, '1e3', 1000],
  [9, `'a' + "b"`, 'ab'],
  [9, '[1] + [2, 3,]', [1, 2, 3]],
  [10, '"a" + 1', type],
  [10, '-"a"', type],
  [10, '"x" + ["y"]', type],
  [11, '1 == 1.0', true],
  [11, '"1" == 1', false],
  [11, 'null == false', false],
  [11, '[1,2] == [1,2.0]', true],
  [12, '1 < 2 < 3', type],
  [13, '1 == 1 == true', true],
  [13, '1 < 2 == true', true],
  [14, '"10" < "9"', true],
  [14, '"Z" < "a"', true],
  [14, '"é" < "f"', false],
  [15, '[1] < [1, 0]', true],
  [15, '[1,2] < [1,3]', true],
  [15, '[true] < [false]', type],
  [16, 'null < 1', type],
  [16, 'true < 2', type],
  [16, '1 < "2"', type],
  [17, 'not 1 == 2', true],
  [17, 'not not 1', true],
  [17, 'not ""', true],
  [17, 'not []', true],
  [18, '1 and 2', true],
  [18, '0 or "x"', true],
  [18, 'null or "default"', true],
  [19, 'false and missing', false],
  [19, 'true or missing', true],
  [19, 'missing or true', missing],
  [20, '3 in list', true],
  [20, '"3" in list', false],
  [20, '"b" in obj', true],
  [20, '"el" in "hello"', true],
  [20, '"" in "abc"', true],
  [21, '1 in obj', type],
  [21, '1 in "123"', type],
  [21, '1 in 5', type],
  [22, 'not 3 in list', false],
  [22, '9 not in list', true],
  [23, 'list[0]', 3],
  [23, 'list[-1]', 2],
  [23, 'list[-3]', 3],
  [24, 'list[3]', 'error: index'],
  [24, 'list[-4]', 'error: index'],
  [25, 'list[1.0]', 1],
  [25, 'list["0"]', type],
  [25, 'obj[0]', type],
  [25, 'list[0.5]', type],
  [26, 'list.0', 3],
  [27, 'list.length', type],
  [27, 'n.x', type],
  [27, 'parameters.none.x', type],
  [28, 'obj["k v"]', 9],
  [28, 'obj.and', 7],
  [28, 'obj.missing', missing],
  [29, '"héllo"[1]', 'é'],
  [29, '"abc"[-1]', 'c'],
  [30, 'parameters.none', null],
  [30, 'parameters.deep.a[0].b', 1],
  [30, 'parameters["url"]', 'http://h'],
  [31, 'name', 'Ada'],
  [31, 'workflow.name', 'Ada'],
  [31, 'vars.name', 'Ada'],
  [31, 'variables.name', 'Ada'],
  [32, 'task.fetch.data.items', [10, 20]],
  [32, 'tasks.fetch.items[1]', 20],
  [32, 'task["fetch"].ok', true],
  [32, 'task.other.ok', missing],
  [33, 'result().items', [10, 20]],
  [33, 'result().data.items[0]', 10],
  [33, 'result().nope', missing],
  [34, 'task.fetch.result.ok', true],
  [35, 'succeeded()', true],
  [35, 'failed()', false],
  [35, 'succeeded', missing],
  [36, 'item', missing],
  [36, 'index', missing],
  [37, 'string(null)', 'null'],
  [37, 'string(1.0)', '1'],
  [37, 'string([1,"a",null])', '[1,"a",null]'],
  [38, 'number("42")', 42],
  [38, 'number("1e3")', 1000],
  [38, 'number(" 42 ")', type],
  [38, 'number("inf")', type],
  [39, 'int("3.9")', 3],
  [39, 'int(-3.9)', -3],
  [39, 'int(true)', 1],
  [39, 'int(null)', type],
  [39, 'int("x")', type],
  [40, 'int("9223372036854775808")', type],
  [41, 'bool("false")', true],
  [41, 'bool(0.0)', false],
  [41, 'bool([])', false],
  [42, 'type_of(1.5)', 'number'],
  [42, 'type_of(true)', 'bool'],
  [42, 'type_of(obj)', 'object'],
  [43, 'length("héllo")', 5],
  [43, 'length(obj)', 4],
  [43, 'length(null)', type],
  [44, 'keys(obj)', ['a', 'and', 'b', 'k v']],
  [44, 'values(obj)', [1, 7, 2, 9]],
  [45, 'floor(-3.2)', -4],
  [45, 'ceil(3.2)', 4],
  [45, 'round(2.5)', 3],
  [45, 'round(-2.5)', -3],
  [46, 'round(3.14159, 2)', arity],
  [46, 'min(1, 2, 3)', arity],
  [46, 'min(list)', arity],
  [46, 'length()', arity],
  [47, 'min("a","b")', 'a'],
  [47, 'max(3, 2.5)', 3],
  [47, 'sum([])', 0],
  [47, 'sum([1, 2.5])', 3.5],
  [47, 'sum([1,"2"])', type],
  [48, 'upper("straße")', 'STRASSE'],
  [48, 'trim("  a\\tb \\n")', 'a\tb'],
  [49, 'split("a,b,,c", ",")', ['a', 'b', '', 'c']],
  [49, 'split("", ",")', ['']],
  [49, 'split("abc", "")', ['a', 'b', 'c']],
  [50, 'join(["a", 1, null, true, [2]], "-")', 'a-1-null-true-[2]'],
  [50, 'join(list, 1)', type],
  [51, 'replace("a.b", ".", "")', 'ab'],
  [52, 'match("ell", "hello")', true],
  [52, 'match("(?i)HELLO", "hello")', true],
  [52, `match('\\d+', "a12")`, true],
  [53, 'match("(", "x")', 'error: regex'],
  [53, 'match("a(?=b)", "ab")', 'error: regex'],
  [53, 'match("(a)\\\\1", "aa")', 'error: regex'],
  [54, 'contains(list, 3)', true],
  [54, 'contains(obj, "a")', true],
  [54, 'contains("x", 1)', type],
  [55, 'reversed("abc")', 'cba'],
  [55, 'reversed(obj)', type],
  [56, 'sort(["b","a","C"])', ['C', 'a', 'b']],
  [56, 'sort([2, 1.5])', [1.5, 2]],
  [56, 'sort([1, "a"])', type],
  [56, 'sort([true])', [true]],
  [57, 'unique([1, 1.0, "1", 2])', [1, '1', 2]],
  [57, 'flat([1, [2, [3]], []])', [1, 2, [3]]],
  [
    58,
    'zip([1,2,3], ["a","b"])',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [59, 'range(3)', [0, 1, 2]],
  [59, 'range(5, 2)', []],
  [59, 'range(-1)', []],
  [59, 'range(1.5)', type],
  [59, 'range(3, null)', type],
  [59, 'range(0,10,2)', arity],
  [60, 'slice(list, 1)', [1, 2]],
  [60, 'slice("héllo", 1, 3)', 'él'],
  [60, 'slice(list, 2, 1)', []],
  [61, 'slice(list, -1)', [2]],
  [61, 'slice(list, 0, -1)', [3, 1]],
  [62, 'index_of("héllo", "l")', 2],
  [62, 'index_of(list, 9)', -1],
  [63, 'count("banana", "an")', 2],
  [63, 'count("aaa", "aa")', 1],
  [64, 'chunks([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
  [64, 'chunks(list, 0)', type],
  [65, 'nope(1)', 'error: function'],
  [65, 'now()', '2030-01-02T03:04:05.678Z'],
  [65, 'env("HOME")', 'error: function'],
  [66, 'obj.a()', parse],
  [66, 'list | length', parse],
  [66, 'a ? b : c', parse],
  [66, '{"a": 1}', parse],
  [66, 'a && b', parse],
  [66, '!a', parse],
  [66, 'a = 1', parse],
  [67, `'it\\'s'`, "it's"],
  [67, '"a\\qb"', 'a\\qb'],
  [67, '"unterminated', parse],
  [68, 'True', missing],
  [68, 'None', missing],
  [68, 'config-x', missing],
  [69, 'parameters.count * 2 + length(list)', 9],
  [70, 'config.x', 'from the pack'],
  [70, 'keystore.x', missing],
]

describe('the cases of the contract', () => {
  test.each(cases)('%i: %s', (_number, text, expected) => {
    expect(outcome(text)).toEqual(expected)
  })
})

/** What the table of the contract leaves open. */
const details: readonly (readonly [string, unknown])[] = [
  // precedence and associativity
  ['-2 * -3', 6],
  ['1 - 2 + 3', 2],
  ['2 * 3 % 4', 2],
  ['true or false and false', true],
  ['(true or false) and false', false],
  ['not true or true', true],
  ['not (true or true)', false],
  ['1 + 1 in [2]', true],
  ['1 == not 2', parse],
  ['1 == (not 2)', false],
  ['- not 1', parse],
  ['not 1 not in [1]', true],
  // text
  ['"\\n\\t\\r\\\\\\""', '\n\t\r\\"'],
  ['"\u00a0\u2003"', '\u00a0\u2003'],
  ['1\u00a0+\u20031\n', 2],
  ['"😀x"[0]', '😀'],
  ['length("😀x")', 2],
  ['reversed("a😀")', '😀a'],
  ['index_of("😀x", "x")', 1],
  ['slice("😀xy", -2)', 'xy'],
  ['split("a😀", "")', ['a', '😀']],
  ['replace("aXbX", "X", "$&")', 'a$&b$&'],
  ['replace("ab", "", "-")', '-a-b-'],
  ['count("ab", "")', 3],
  ['"\u{10000}" > "\uffff"', true],
  ['trim("\u0085 x\u3000")', 'x'],
  ['starts_with("abc", "ab")', true],
  ['ends_with("abc", "ab")', false],
  ['lower("ÄB")', 'äb'],
  ['match("(?x) a b # the letters", "ab")', true],
  ['match("(?i)(?-i)A", "a")', false],
  ['match("^b", "a\\nb")', false],
  ['match("(?m)^b", "a\\nb")', true],
  ['match("\\\\p{Greek}", "λ")', true],
  // numbers
  ['007', 7],
  ['1.5e-3', 0.0015],
  ['1e400', parse],
  ['1e308 * 10.5', type],
  ['9007199254740991 * 9007199254740991', type],
  ['-9007199254740991 - 1', type],
  ['number("5.")', 5],
  ['number("")', type],
  ['number("0x10")', type],
  ['number(true)', 1],
  ['number([1])', type],
  ['round(-0.4)', 0],
  ['round(0.49999999999999994)', 0],
  ['abs(-3)', 3],
  ['0 * -1', 0],
  ['1e300 > 1', true],
  ['int(1e300)', type],
  ['string(-0.5)', '-0.5'],
  ['min(1, "a")', type],
  ['min([1], [2])', type],
  // containers
  ['[[1, {}], 2] == [[1], 2]', parse],
  ['obj == merge(obj, obj)', true],
  ['obj == values(obj)', false],
  ['[] < [true]', true],
  ['[1, true] < [2, false]', true],
  ['[[1]] < [[2]]', type],
  ['[1] in [[1], 2]', true],
  ['"toString" in obj', false],
  ['contains(obj, "constructor")', false],
  ['merge(obj, from_json(\'{"a": 9, "z": 0}\'))', { a: 9, b: 2, 'k v': 9, and: 7, z: 0 }],
  ['unique([[1, 2], [1, 2.0], null, null, true, "true"])', [[1, 2], null, true, 'true']],
  ['sort([])', []],
  ['sort([true, false])', type],
  ['index_of([[1], [2]], [2])', 1],
  ['count([1, "1", 1.0], 1)', 2],
  ['zip(list, [])', []],
  ['chunks([], 3)', []],
  ['slice(list, -9, 99)', [3, 1, 2]],
  ['slice(list, null)', type],
  ['flat("x")', type],
  ['keys(list)', type],
  ['range(2, 5)', [2, 3, 4]],
  ['[1, 2,][1]', 2],
  ['length([1],)', parse],
  ['[,]', parse],
  // what ours adds
  ['list.0 + list.2', 5],
  ['parameters.deep.a.0.b', 1],
  ['default(missing, 1)', 1],
  ['default(parameters.none, 2)', 2],
  ['default(parameters.none.x.y, 3)', 3],
  ['default(list[9], 4)', 4],
  ['default(obj["nope"].x, 5)', 5],
  ['default(name, missing)', 'Ada'],
  ['default(false, 1)', false],
  ['default(n.x, 6)', type],
  ['default(1 / 0, 7)', 'error: division'],
  ['default(length(obj.nope), 8)', 8],
  ['default(obj[name], 9)', 9],
  ['default(nope(1), 1)', 'error: function'],
  ['default(1)', arity],
  ['has(obj.a)', true],
  ['has(obj.nope)', false],
  ['has(parameters.none)', true],
  ['has(parameters.none.x)', false],
  ['has(missing)', false],
  ['has(list[2]) and not has(list[3])', true],
  ['has(result().items)', true],
  ['has(result().nope)', false],
  ['to_json(obj)', '{"a":1,"b":2,"k v":9,"and":7}'],
  ['to_json("x")', '"x"'],
  ['from_json("[1, {\\"a\\": null}]")', [1, { a: null }]],
  ['from_json("{")', type],
  ['from_json("1e999")', type],
  ['from_json("[12345678901234567890]")', type],
  ['from_json("[\\"12345678901234567890\\"]")', ['12345678901234567890']],
  ['match("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]", uuid())', true],
  ['uuid() == uuid()', false],
  ['now() == now()', true],
  // functions of the context take no arguments, and their names are free for variables
  ['result(1)', arity],
  ['default', missing],
]

describe('what else the language says', () => {
  test.each(details)('%s', (text, expected) => {
    expect(outcome(text)).toEqual(expected)
  })
})

describe('a path on its own', () => {
  const headers = { 'content-type': 'text/plain', 'x.y': 1, $ref: 2, '@id': 3, '0': 'zero', '1st': 4 }
  const data: Context = { roots: { event: { payload: { headers, n: 5 } } }, now: '' }
  const closed: Scope = { roots: ['event'] }

  test.each([
    ['event.payload.headers.content-type', 'text/plain'],
    ['  event.payload.headers.content-type ', 'text/plain'],
    ['event.payload.headers.$ref', 2],
    ['event.payload.headers.@id', 3],
    ['event.payload.headers.0', 'zero'],
    ['event.payload.headers.1st', 4],
    ['event.payload.n - 1', 4],
  ])('may have names that are no identifiers: %s', (text, expected) => {
    expect(compileExpression(text, closed).evaluate(data).value).toEqual(expected)
  })

  test('is a subtraction where anything else stands beside it', () => {
    expect(() => compileExpression('event.payload.headers.content-type == 1', closed)).toThrow("no 'type'")
  })

  test('tells those who meant to subtract how', () => {
    expect(() => compileExpression('event.payload.n-1', closed).evaluate(data)).toThrow(
      "put blanks around '-'",
    )
  })

  test('reaches variables of an open scope too', () => {
    const roots = { vars: { data: { 'content-type': 'x' } } }
    const compiled = compileExpression('data.content-type', { roots: [], variables: 'vars' })
    expect(compiled.evaluate({ roots, now: '' }).value).toBe('x')
  })
})

describe('a closed scope reports when it is compiled', () => {
  const closed: Scope = { roots: ['event'] }

  test.each([
    ['payload.x == 1', 'missing'],
    ['true or payload', 'missing'],
    ['has(payload.x)', 'missing'],
    ['nope(1)', 'function'],
    ['result()', 'function'],
    ['length()', 'arity'],
    ['match("(", event.x)', 'regex'],
    ['event.__proto__', 'type'],
    ['event["constructor"]', 'type'],
  ])('%s', (text, kind) => {
    expect(() => compileExpression(text, closed)).toThrow(
      expect.objectContaining({ name: 'ExpressionError', kind }),
    )
  })

  test('and an open one when it is evaluated', () => {
    const open: Scope = { roots: [], variables: 'vars' }
    const empty: Context = { roots: { vars: {} }, now: '' }
    for (const text of ['false and nope(1)', 'false and length()', 'false and missing']) {
      expect(compileExpression(text, open).evaluate(empty).value).toBe(false)
    }
  })
})

describe('a context', () => {
  test('may supply roots when they are asked for', () => {
    let asked = 0
    const roots = { a: 1, b: () => (asked += 1), c: () => undefined }
    const compiled = compileExpression('a == 1 or b', { roots: ['a', 'b', 'c'] })

    expect(compiled.evaluate({ roots, now: '' }).value).toBe(true)
    expect(asked).toBe(0)
    expect(compileExpression('b', compiled.scope).evaluate({ roots, now: '' }).value).toBe(1)
    expect(() => compileExpression('c', compiled.scope).evaluate({ roots, now: '' })).toThrow(
      "There is no 'c' here",
    )
  })

  test('is asked for the time once', () => {
    let asked = 0
    const now = () => `2030-01-01T00:00:0${(asked += 1)}.000Z`
    const compiled = compileExpression('[now(), now()]', { roots: [] })
    const first = '2030-01-01T00:00:01.000Z'
    expect(compiled.evaluate({ roots: {}, now }).value).toEqual([first, first])
  })

  test('may leave a function of the scope unanswered', () => {
    const compiled = compileExpression('result()', { roots: [], functions: ['result'] })
    expect(() => compiled.evaluate({ roots: {}, now: '' })).toThrow('result() has no answer here')
  })
})
