import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { compileExpression } from './compile.ts'
import { ExpressionError } from './error.ts'
import { parseExpression } from './expression.ts'
import type { Scope } from './scope.ts'
import { checkTemplates, compileTemplates } from './template.ts'

const scope: Scope = { roots: ['e'] }

function kindOf(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (error) {
    if (error instanceof ExpressionError) return error.kind
    throw error
  }
}

function kind(text: string, e: Json = null): string {
  return kindOf(() => compileExpression(text, scope).evaluate({ roots: { e }, now: '' }))
}

function renderKind(document: Json, e: Json): string {
  return kindOf(() => compileTemplates(document, scope, { mode: 'strict' }).render({ roots: { e }, now: '' }))
}

function nestedArrays(levels: number): Json {
  let value: Json = 1
  for (let i = 0; i < levels; i += 1) value = [value]
  return value
}

describe('the text of an expression', () => {
  test('may have 8 KiB', () => {
    const filler = 8 * 1024 - 'length("")'.length
    expect(kind(`length("${'a'.repeat(filler)}")`)).toBe('none')
    expect(kind(`length("${'a'.repeat(filler + 1)}")`)).toBe('limit')
    expect(kind(`length("${'é'.repeat(filler / 2 + 1)}")`)).toBe('limit')
  })

  test.each([
    ['parentheses', (n: number) => `${'('.repeat(n)}1${')'.repeat(n)}`],
    ['lists', (n: number) => `${'['.repeat(n)}1${']'.repeat(n)}`],
    ['calls', (n: number) => `${'bool('.repeat(n)}1${')'.repeat(n)}`],
    ['not', (n: number) => `${'not '.repeat(n)}1`],
    ['minus', (n: number) => `${'-'.repeat(n)}1`],
    ['indexes', (n: number) => `${'e[has('.repeat(n / 2)}1${')]'.repeat(n / 2)}`],
  ])('may nest %s 100 deep', (_name, write) => {
    expect(kindOf(() => parseExpression(write(100)))).toBe('none')
    expect(kindOf(() => parseExpression(write(102)))).toBe('limit')
    expect(kindOf(() => parseExpression(write(1000)))).toBe('limit')
  })

  test('with 5 000 parentheses is refused', () => {
    expect(kind(`${'('.repeat(5000)}1`)).toBe('limit')
    expect(kind('('.repeat(8000))).toBe('limit')
  })

  test.each([
    ['sum', (n: number) => Array(n).fill('1').join('+')],
    ['disjunction', (n: number) => Array(n).fill('false').join(' or ')],
    ['path', (n: number) => `e${'.a'.repeat(n)}`],
    ['path of its own', (n: number) => `e${'.a-b'.repeat(n)}`],
    ['index', (n: number) => `e${'[0]'.repeat(n)}`],
  ])('may have a row of operators: %s', (_name, write) => {
    expect(['none', 'type']).toContain(kind(write(450)))
    expect(kind(write(900))).toBe('limit')
  })
})

describe('what an expression makes', { timeout: 60_000 }, () => {
  const half = Array(60_000).fill(0)

  test.each([
    ['range(100000)', 'none'],
    ['range(100001)', 'limit'],
    ['range(-9007199254740991, 9007199254740991)', 'limit'],
    ['e + e', 'limit'],
    ['flat([e, e])', 'limit'],
    ['length(zip(e, e))', 'none'],
    ['split(join(range(99999), ","), "")', 'limit'],
  ])('has at most 100 000 elements: %s', (text, expected) => {
    expect(kind(text, half)).toBe(expected)
  })

  const long = 'a'.repeat(700_000)

  test.each([
    ['e + e', 'limit'],
    ['join([e, e], "")', 'limit'],
    ['replace(e, "a", "bb")', 'limit'],
    ['replace(e, "a", "")', 'none'],
    ['string([e, e])', 'limit'],
    ['to_json([e, e])', 'limit'],
    ['length(e)', 'none'],
  ])('has at most 1 MiB of text: %s', (text, expected) => {
    expect(kind(text, long)).toBe(expected)
  })

  test('does not grow by repetition', () => {
    const doubling = (text: string) => `replace(${text}, "a", "aaaaaaaa")`
    const text = Array(20).fill(0).reduce(doubling, '"a"')
    expect(kind(text)).toBe('limit')
  })

  test('takes at most a million steps', () => {
    const big = Array(90_000).fill('x')
    expect(kind(Array(5).fill('"y" in e').join(' or '), big)).toBe('none')
    expect(kind(Array(50).fill('"y" in e').join(' or '), big)).toBe('limit')
    expect(kind(Array(50).fill('count(e, 1)').join('+'), big)).toBe('limit')
    expect(kind(Array(50).fill('e == e + []').join(' and '), big)).toBe('limit')
  })
})

describe('hostile data', { timeout: 60_000 }, () => {
  test('does not make searching slow', () => {
    const text = 'a'.repeat(1_000_000)
    const part = `${'a'.repeat(50_000)}b${'a'.repeat(50_000)}`
    for (const search of [
      'e.part in e.text',
      'index_of(e.text, e.part)',
      'count(e.text, e.part)',
      'split(e.text, e.part)',
    ]) {
      expect(kind(search, { text, part })).toBe('none')
    }
  })

  test('does not make matching slow', () => {
    const text = 'ab'.repeat(400_000)
    expect(kind(`match('(a*)*b$', e)`, text)).toBe('none')
    expect(kind(`match('[ab]*a[ab]{100}[cd]', e)`, text)).toBe('limit')
    expect(kind(`match('(?i)(?:\\pL{1,200}\\d){1,4}[z9]', e)`, text)).toBe('limit')
  })

  test('does not make reading numbers slow', () => {
    expect(kind('number(e)', `${'1'.repeat(1_000_000)}x`)).toBe('type')
  })

  test('may nest, but not for ever', () => {
    const texts = [
      'e.a == e.b',
      'string(e.a)',
      'length(unique([e.a, e.b]))',
      'length(to_json(e.a))',
      'e.a in [e.b]',
    ]
    for (const text of texts) {
      expect(kind(text, { a: nestedArrays(400), b: nestedArrays(400) })).toBe('none')
      expect(kind(text, { a: nestedArrays(20_000), b: nestedArrays(20_000) })).toBe('limit')
    }
    expect(kind('from_json(e)', `${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toBe('limit')
    expect(renderKind('{{ e }}', nestedArrays(20_000))).toBe('limit')
  })
})

describe('a regular expression', { timeout: 60_000 }, () => {
  test('has at most 1 KiB', () => {
    expect(kind(`match("${'a'.repeat(1024)}", "")`)).toBe('none')
    expect(kind(`match("${'a'.repeat(1025)}", "")`)).toBe('limit')
    expect(kind('match(e, "")', 'a'.repeat(1025))).toBe('limit')
  })

  test.each(['a{1001}', '(a{100}){100}', '((a{30}){30}){30}'])('has bounded repetitions: %s', (pattern) => {
    expect(kind('match(e, "")', pattern)).toBe('regex')
  })

  test('that is written out is compiled once, however many there are', () => {
    const texts = Array.from({ length: 200 }, (_, i) => `match("^${i}$", e)`)
    const compiled = compileExpression(texts.join(' or '), scope)
    for (let i = 0; i < 20; i += 1) {
      expect(compiled.evaluate({ roots: { e: `${199 - i}` }, now: '' }).value).toBe(true)
    }
  })

  test('is paid for when it is compiled', () => {
    const patterns = Array.from({ length: 200 }, (_, i) => `(?i)(?:\\pL{1,200}\\d){1,4}${i}`)
    const text = patterns.map((_, i) => `match(e[${i}], "")`).join(' or ')
    expect(kind(text, patterns)).toBe('limit')
  })
})

describe('a document', { timeout: 60_000 }, () => {
  const documentOf = (count: number) => Array(count).fill('{{ 1 }}')

  test('has at most 10 000 templates', () => {
    expect(renderKind(documentOf(10_000), null)).toBe('none')
    expect(renderKind(documentOf(10_001), null)).toBe('limit')
    expect(checkTemplates(Array(6).fill('{{ 1 }}'.repeat(2000)), scope)).toEqual([
      { field: '', message: expect.stringContaining('more than 10000 templates') },
    ])
  })

  test('renders at most 1 MiB', () => {
    const [small, large] = ['a'.repeat(300_000), { a: 'a'.repeat(600_000) }]
    expect(renderKind(['{{ e }}', 'x{{ e }}', '{{ e }}'], small)).toBe('none')
    expect(renderKind(['{{ e }}', 'x{{ e }}', '{{ e }}', '{{ e }}'], small)).toBe('limit')
    expect(renderKind(['{{ e }}', '{{ e }}'], large)).toBe('limit')
    expect(renderKind('{{ [e, e] }}', large)).toBe('limit')
    expect(renderKind('x{{ [e, e] }}', large)).toBe('limit')
  })

  test('counts the steps of all its templates together', () => {
    const big = Array(90_000).fill('x')
    expect(renderKind(Array(5).fill('{{ "y" in e }}'), big)).toBe('none')
    expect(renderKind(Array(50).fill('{{ "y" in e }}'), big)).toBe('limit')
  })

  test('may not nest for ever', () => {
    expect(renderKind(nestedArrays(20_000), null)).toBe('limit')
    expect(checkTemplates(nestedArrays(20_000), scope)).toHaveLength(1)
  })

  test('with braces and quotes in every order is scanned in linear time', () => {
    for (const text of ["{{'}}\\'", '{{"', "{{'", '{{ "a\\', "{{\\'}}"]) {
      const document = text.repeat(30_000)
      expect(['none', 'limit', 'parse', 'missing']).toContain(renderKind(document, null))
      expect(checkTemplates(document, scope).length).toBeGreaterThan(0)
    }
  })

  test('reports a template that is too long', () => {
    expect(checkTemplates(`{{ "${'a'.repeat(9000)}" }}`, scope)).toEqual([
      { field: '', message: expect.stringContaining('longer than 8192 bytes') },
    ])
  })
})
