import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { table } from './table.ts'
import { displayWidth } from './width.ts'

const plain = (text: string): string => text
const bracketed = (text: string): string => `<${text}>`

function boxed(width: number, head: string[], rows: string[][]): string[] {
  return table(head, rows, { width, paint: plain }).trimEnd().split('\n')
}

test('on a terminal a table is boxed and fits', () => {
  expect(
    boxed(
      80,
      ['Ref', 'Label'],
      [
        ['core.echo', 'Echo'],
        ['demo.漢', 'Ünï'],
      ],
    ),
  ).toEqual([
    '╭───────────┬───────╮',
    '│ Ref       │ Label │',
    '├───────────┼───────┤',
    '│ core.echo │ Echo  │',
    '│ demo.漢   │ Ünï   │',
    '╰───────────┴───────╯',
  ])
})

test('the widest column is wrapped, at spaces where there are some', () => {
  const words = 'one two three four five six seven eight nine ten eleven twelve'

  expect(boxed(60, ['Ref', 'Description'], [['core.echo', words]])).toEqual([
    '╭───────────┬──────────────────────────────────────────────╮',
    '│ Ref       │ Description                                  │',
    '├───────────┼──────────────────────────────────────────────┤',
    '│ core.echo │ one two three four five six seven eight nine │',
    '│           │ ten eleven twelve                            │',
    '╰───────────┴──────────────────────────────────────────────╯',
  ])
})

test('whatever the cells hold, every line of a box is equally wide and holds no control characters', () => {
  const rows = fc.array(
    fc.tuple(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('漢字', '👨‍👩‍👧 e\u0301')),
  )
  fc.assert(
    fc.property(rows, fc.integer({ min: 60, max: 120 }), (cells, width) => {
      const lines = boxed(width, ['A', 'B', 'C'], cells)

      expect(new Set(lines.map(displayWidth)).size).toBe(1)
      expect(displayWidth(lines[0] ?? '')).toBeLessThanOrEqual(width)
      expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u)
    }),
  )
})

test('without a terminal nothing is cut, boxed or padded at the end', () => {
  const long = 'x'.repeat(500)

  expect(
    table(
      ['A', 'B'],
      [
        [long, 'b'],
        ['a', ''],
      ],
      { width: undefined, paint: plain },
    ),
  ).toBe(`${'A'.padEnd(500)}  B\n${long}  b\na\n`)
})

test('colours do not disturb the columns', () => {
  const lines = table(['A', 'B'], [[{ text: 'x', colour: 'red' }, 'y']], { width: 80, paint: bracketed })

  expect(lines.split('\n')[3]).toBe('│ <x> │ y │')
})

test('line breaks in a cell become spaces and control characters become visible', () => {
  expect(table([], [['a\n  b\tc\u001b[2J']], { width: undefined, paint: plain })).toBe('a b\\tc\\x1b[2J\n')
})
