import { expect, test } from 'vitest'
import { importsOf, sourceOf } from './source.ts'
import { writesOf } from './sql.ts'

const cases: [what: string, text: string, code: string, bare: string][] = [
  ['a comment to the end of the line', 'a // b', 'a     ', 'a     '],
  ['a comment of several lines', 'a /* b\nc */ d', 'a     \n     d', 'a     \n     d'],
  ['a string that looks like a comment', "f('//x')", "f('//x')", 'f(     )'],
  ['an escaped quote', "f('a\\'b') // c", "f('a\\'b')     ", 'f(      )     '],
  [
    'a template with code inside',
    '`a ${b /* c */} d` // e',
    '`a ${b        } d`     ',
    '`  ${b        }  `     ',
  ],
  ['a template inside a template', '`a ${f(`b ${c}`)} d`', '`a ${f(`b ${c}`)} d`', '`  ${f(`  ${c}`)}  `'],
  ['braces inside the code of a template', '`${[{ a: 1 }]} b`', '`${[{ a: 1 }]} b`', '`${[{ a: 1 }]}  `'],
  [
    'a regular expression with a quote',
    "x.match(/'\\/[/]/g) // b",
    "x.match(/'\\/[/]/g)     ",
    'x.match(         )     ',
  ],
  ['a division', 'a / b // c / d', 'a / b         ', 'a / b         '],
]

test.each(cases)('tells code, comments and strings apart: %s', (_, text, code, bare) => {
  const source = sourceOf('a.ts', text)

  expect([source.code, source.bare]).toEqual([code, bare])
})

test('finds every kind of import and knows which leave nothing at run time', () => {
  const text = [
    "import a from 'a'",
    "import type { B } from './b.ts'",
    "import { type C, type D } from './c.ts'",
    "import { type E, e } from './e.ts'",
    "import 'f'",
    "import {\n  g,\n} from 'g'",
    "export { h } from './h.ts'",
    "// import i from 'i'",
    "const j = await import('j')",
  ].join('\n')

  const found = importsOf(sourceOf('a.ts', text))

  expect(
    found.map(({ line, specifier, type_only }) => `${line} ${specifier}${type_only ? ' (type)' : ''}`),
  ).toEqual(['1 a', '2 ./b.ts (type)', '3 ./c.ts (type)', '4 ./e.ts', '5 f', '6 g', '9 ./h.ts', '11 j'])
})

test('finds what has no place in a source: what it is, not what it looks like', () => {
  const { syntax } = sourceOf(
    'a.ts',
    [
      'enum A { a }',
      'namespace B {}',
      'class C extends Base { constructor(private readonly c: unknown) { super() } }',
      '@decorated class D {}',
      'export const e = f as Map<string, any>',
      "declare module 'g' {}",
      "const h = 'enum I {}' // class J {}",
    ].join('\n'),
  )

  expect(syntax.unwanted.map(({ kind }) => kind)).toEqual([
    'enum',
    'namespace',
    'parameter property',
    'decorator',
    'any',
  ])
  expect(syntax.classes.map(({ parent }) => parent !== undefined)).toEqual([true, false])
})

test('only what a file itself declares is a variable of the file', () => {
  const text = ['let a = 1', 'export let b = 2', 'const c = 3', 'for (let d = 4; ; ) { var e = d }'].join(
    '\n',
  )
  const { syntax } = sourceOf('a.ts', text)

  expect(syntax.variables.map(({ start, end }) => text.slice(start, end))).toEqual(['let a = 1', 'let b = 2'])
})

test('a statement is the text that it stands in, and belongs to the function around it', () => {
  const text = [
    'function one() { return two(sql`with x as (${sql`update a set b = 1`}) delete from c where d = ${f(`e`)} and g`) }',
    "const three = () => run('insert into h values (1)')",
  ].join('\n')

  const found = writesOf(sourceOf('a.ts', text))

  expect(found.map(({ within, text, statement }) => [within, text, statement.slice(0, 6)])).toEqual([
    ['one', 'update a set b = 1', 'update'],
    ['one', 'delete from c where d = ${f(`e`)} and g', 'with x'],
    ['three', 'insert into h values (1)', 'insert'],
  ])
})
