import { oneLine } from './escape.ts'
import type { Colour, Paint } from './paint.ts'
import { displayWidth, padded, wrapped } from './width.ts'

export type Cell = string | { text: string; colour: Colour }

/** `width` is the terminal's; without one nothing is wrapped or boxed, so that `awk` and `grep` see whole rows. */
export type Look = { width: number | undefined; paint: Paint }

type Drawn = { text: string; colour: Colour | undefined }

const narrowestTerminal = 60
const narrowestColumn = 8

/** Lays out rows under `head` (none for key/value tables). Every text is made safe for a terminal here. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], look: Look): string {
  const header = head.map((name): Drawn => ({ text: oneLine(name), colour: 'cyan' }))
  const body = rows.map((cells) => cells.map(drawn))
  const all = head.length > 0 ? [header, ...body] : body
  const natural = naturalWidths(all)
  if (look.width === undefined) return all.map((cells) => plainRow(cells, natural, look.paint)).join('')

  const widths = fitted(natural, Math.max(look.width, narrowestTerminal) - (3 * natural.length + 1))
  const lines = all.map((cells) => boxedRow(cells, widths, look.paint))
  const ruled = head.length > 0 ? [lines[0] ?? '', rule('├┼┤', widths), ...lines.slice(1)] : lines
  return [rule('╭┬╮', widths), ...ruled, rule('╰┴╯', widths)].join('')
}

function drawn(cell: Cell): Drawn {
  return typeof cell === 'string'
    ? { text: oneLine(cell), colour: undefined }
    : { text: oneLine(cell.text), colour: cell.colour }
}

function naturalWidths(rows: readonly Drawn[][]): number[] {
  const columns = Math.max(0, ...rows.map((cells) => cells.length))
  return Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, cells) => Math.max(widest, displayWidth(cells[column]?.text ?? '')), 1),
  )
}

/** Takes from the widest column until the sum fits; a terminal too narrow even for that gets long lines. */
function fitted(natural: readonly number[], room: number): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, width) => sum + width, 0) - room
  while (excess > 0) {
    const [widest, next] = [...widths].sort((a, b) => b - a)
    if (widest === undefined || widest <= narrowestColumn) break
    const floor = Math.max(next === undefined || next === widest ? widest - 1 : next, narrowestColumn)
    const taken = Math.min(excess, widest - floor)
    widths[widths.indexOf(widest)] = widest - taken
    excess -= taken
  }
  return widths
}

function painted({ text, colour }: Drawn, paint: Paint): string {
  return colour === undefined || text.trim() === '' ? text : paint(text, colour)
}

function plainRow(cells: readonly Drawn[], widths: readonly number[], paint: Paint): string {
  const last = cells.length - 1
  return `${cells
    .map((cell, column) => {
      const text = column === last ? cell.text : padded(cell.text, widths[column] ?? 0)
      return painted({ ...cell, text }, paint)
    })
    .join('  ')
    .trimEnd()}\n`
}

function boxedRow(cells: readonly Drawn[], widths: readonly number[], paint: Paint): string {
  const columns = widths.map((width, column) => wrapped(cells[column]?.text ?? '', width))
  const height = Math.max(1, ...columns.map((lines) => lines.length))
  const line = (index: number): string =>
    columns
      .map((lines, column) => {
        const text = padded(lines[index] ?? '', widths[column] ?? 0)
        return painted({ text, colour: cells[column]?.colour }, paint)
      })
      .join(' │ ')
  return Array.from({ length: height }, (_, index) => `│ ${line(index)} │\n`).join('')
}

function rule(corners: string, widths: readonly number[]): string {
  const [left = '', middle = '', right = ''] = corners
  return `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`
}
