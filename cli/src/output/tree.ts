import { oneLine } from './escape.ts'
import type { Colour, Paint } from './paint.ts'

/** One thing in a tree: what it is, what is worth knowing about it, and what is below it. */
export type Branch = {
  text: string
  colour?: Colour
  notes?: readonly string[]
  below?: readonly Branch[]
}

/** Draws trees one under the other. Every text is made safe for a terminal here. */
export function tree(branches: readonly Branch[], paint: Paint): string {
  return branches.map((branch) => drawn(branch, { paint, first: '', rest: '' })).join('')
}

type Place = { paint: Paint; first: string; rest: string }

function drawn({ text, colour, notes = [], below = [] }: Branch, { paint, first, rest }: Place): string {
  const title = oneLine(text)
  const stem = below.length > 0 ? '│  ' : '   '
  const lines = [
    first + (colour === undefined ? title : paint(title, colour)),
    ...notes.map((note) => `${rest}${stem}${oneLine(note)}`),
  ]
  const children = below.map((child, index) => {
    const isLast = index === below.length - 1
    return drawn(child, {
      paint,
      first: `${rest}${isLast ? '└─ ' : '├─ '}`,
      rest: `${rest}${isLast ? '   ' : '│  '}`,
    })
  })
  return `${lines.join('\n')}\n${children.join('')}`
}
