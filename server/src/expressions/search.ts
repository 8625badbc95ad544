import { type Frame, spend } from './frame.ts'

/**
 * The host's substring search takes time proportional to the product of both lengths on repetitive text (68 s for
 * 100 kB in 1 MB). It is used for short parts only; longer ones are searched by Knuth, Morris and Pratt in linear time.
 */
const SHORT = 32

/** Whether `part` stands somewhere in `text`; the empty text stands everywhere. */
export function includesText(frame: Frame, text: string, part: string): boolean {
  return firstPosition(frame, text, part) !== -1
}

/** The first place of `part` in `text`, in UTF-16 units; -1 if there is none. */
export function firstPosition(frame: Frame, text: string, part: string): number {
  payFor(frame, text, part)
  return part.length <= SHORT ? text.indexOf(part) : (searchLong(text, part, 1)[0] ?? -1)
}

/** The places of `part`, which is not empty, from the left and without overlapping; at most `limit` of them. */
export function positions(frame: Frame, text: string, part: string, limit = Infinity): number[] {
  payFor(frame, text, part)
  const found = part.length <= SHORT ? searchShort(text, part, limit) : searchLong(text, part, limit)
  spend(frame, found.length >> 2)
  return found
}

function payFor(frame: Frame, text: string, part: string): void {
  spend(frame, 1 + ((text.length + part.length) >> 4))
}

function searchShort(text: string, part: string, limit: number): number[] {
  const found: number[] = []
  let position = text.indexOf(part)
  while (position !== -1 && found.length < limit) {
    found.push(position)
    position = text.indexOf(part, position + part.length)
  }
  return found
}

function searchLong(text: string, part: string, limit: number): number[] {
  const found: number[] = []
  const borders = bordersOf(part)
  let matched = 0
  for (let i = 0; i < text.length && found.length < limit; i += 1) {
    matched = extend(part, borders, { matched, unit: text.charCodeAt(i) })
    if (matched < part.length) continue
    found.push(i - part.length + 1)
    matched = 0
  }
  return found
}

/** For each beginning of `part`, the length of its longest border: what is both its proper beginning and its end. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length + 1)
  for (let i = 1; i < part.length; i += 1) {
    borders[i + 1] = extend(part, borders, { matched: borders[i] ?? 0, unit: part.charCodeAt(i) })
  }
  return borders
}

/** How much of `part` matches after one more unit of text. */
function extend(part: string, borders: Int32Array, step: { matched: number; unit: number }): number {
  let { matched } = step
  while (matched > 0 && part.charCodeAt(matched) !== step.unit) matched = borders[matched] ?? 0
  return part.charCodeAt(matched) === step.unit ? matched + 1 : 0
}
