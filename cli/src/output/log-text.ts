import { visible } from './escape.ts'

const escape = '\u001b'
/** Colours, and only colours: `ESC [ … m`. */
const colour = new RegExp(`(${escape}\\[[0-9;:]*m)`)
const unfinished = new RegExp(`(?:${escape}(?:\\[[0-9;:]*)?|\r)$`)
const reset = `${escape}[0m`
const resets = new Set([reset, `${escape}[m`])

/** Where text goes: the part of a stream of the process that printing needs. */
export type Sink = { write(text: string | Uint8Array): unknown; isTTY?: boolean; columns?: number }

export type LogText = {
  /** Text that may be shown now. The start of a sequence that is not complete yet is kept back. */
  push(chunk: string): string
  /** What was kept back, and a colour reset when the log left one on. */
  end(): string
}

/**
 * Makes the output of an action fit for a terminal: line breaks, tabs and colours pass, every other control
 * sequence is written out. A lone carriage return starts a new line, so that nothing overwrites what was read.
 */
export function logText(): LogText {
  let kept = ''
  let coloured = false
  const show = (text: string): string => {
    const parts = text.split(colour)
    const last = parts.findLast((part) => colour.test(part))
    if (last !== undefined) coloured = !resets.has(last)
    return parts.map(showPart).join('')
  }
  return {
    push(chunk) {
      const text = kept + chunk
      kept = unfinished.exec(text)?.[0] ?? ''
      return show(text.slice(0, text.length - kept.length))
    },
    end() {
      const rest = show(kept)
      kept = ''
      return coloured ? rest + reset : rest
    },
  }
}

function showPart(part: string): string {
  if (colour.test(part)) return part
  return part
    .replace(/\r\n?/g, '\n')
    .split(/([\n\t])/)
    .map((piece) => (piece === '\n' || piece === '\t' ? piece : visible(piece)))
    .join('')
}

/** A whole log made fit for a terminal. */
export function onTerminal(log: string): string {
  const text = logText()
  return text.push(log) + text.end()
}

/** Writes a log chunk by chunk: as it is to files and pipes, made fit on a terminal. */
export function logWriter(sink: Sink): { write(chunk: string): void; end(): void } {
  if (sink.isTTY !== true) return { write: (chunk) => void sink.write(chunk), end: () => undefined }
  const text = logText()
  return { write: (chunk) => void sink.write(text.push(chunk)), end: () => void sink.write(text.end()) }
}
