const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const printableAscii = /^[\x20-\x7e]*$/
const zeroWidth = /^[\p{M}\u200c\u200d]/u
const emoji = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u

/** First and last code point of what East Asian fonts and terminals draw two cells wide. */
const wideRanges = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
] as const

/** Terminal cells that `text` occupies. Expects text without control characters. */
export function displayWidth(text: string): number {
  if (printableAscii.test(text)) return text.length
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0)
}

/** `text` with spaces up to `width` cells. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** Breaks `text` into lines of at most `width` cells, at a space unless that leaves the line nearly empty. */
export function wrapped(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const grapheme of graphemes(text)) {
    if (line !== '' && displayWidth(line) + graphemeWidth(grapheme) > width) {
      const cut = grapheme === ' ' ? line.length : breakAt(line)
      lines.push(line.slice(0, cut).trimEnd())
      line = line.slice(cut)
    }
    if (line !== '' || grapheme !== ' ') line += grapheme
  }
  return [...lines, line]
}

function breakAt(line: string): number {
  const space = line.lastIndexOf(' ')
  return space > line.length / 3 ? space + 1 : line.length
}

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

function graphemeWidth(grapheme: string): number {
  if (zeroWidth.test(grapheme)) return 0
  if (emoji.test(grapheme)) return 2
  const code = grapheme.codePointAt(0) ?? 0
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}
