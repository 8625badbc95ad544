import { expect, test } from 'vitest'
import { blanked } from './blank.ts'
import { importsOf } from './source.ts'

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
  expect(blanked(text)).toEqual({ code, bare })
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

  const found = importsOf({ text, ...blanked(text) })

  expect(
    found.map(({ line, specifier, type_only }) => `${line} ${specifier}${type_only ? ' (type)' : ''}`),
  ).toEqual(['1 a', '2 ./b.ts (type)', '3 ./c.ts (type)', '4 ./e.ts', '5 f', '6 g', '9 ./h.ts', '11 j'])
})
