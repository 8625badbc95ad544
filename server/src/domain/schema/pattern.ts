import { RE2JS } from 're2js'

/** A pattern in RE2 syntax, tested in time linear in the text whatever its author wrote. */
export type Pattern = {
  /** Whether it matches somewhere in the text. Never for a text longer than `reach`. */
  test(text: string): boolean
  /** The longest text that is tested, so that size of pattern times length of text stays bounded. */
  reach: number
  /** What one step through a text may cost. */
  size: number
  toString(): string
}

const maxPatternBytes = 1024
/** Atoms after counted repetitions are unrolled: what one step through the text may cost. */
const maxAtoms = 2000
/** Steps of the matching machine in one test, and in all tests of one value: a fraction of a second at worst. */
export const maxSteps = 10_000_000

/** Says why a pattern cannot be used, or nothing. */
export function checkPattern(source: string): string | undefined {
  if (Buffer.byteLength(source) > maxPatternBytes)
    return `is too long; at most ${maxPatternBytes} bytes are allowed`
  if (countAtoms(source) > maxAtoms)
    return `repeats too much; its counted repetitions must add up to at most ${maxAtoms} characters`
  try {
    compilePattern(source)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `is not a usable pattern (${reason}); use RE2 syntax, which has no look-around and no back-references`
  }
}

/**
 * Compiles a pattern that passed `checkPattern`; throws for syntax that RE2 does not have. The host's engine
 * never sees it. Spellings of JavaScript (`\u0041`, `(?<name>…)`) are understood.
 */
export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(source))
  const size = compiled.programSize()
  const reach = Math.floor(maxSteps / size)
  return {
    reach,
    size,
    test: (text) => text.length <= reach && compiled.test(text),
    // Ajv keeps one pattern per text of this, so it must be unique.
    toString: () => source,
  }
}

/** Escapes, classes, repetitions, operators that add nothing to repeat; else one character. */
const token = /\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|[?*+|^$]|[^]/gu

/** Estimates the compiled size: RE2 unrolls `x{1000}`, so a short pattern can cost seconds to compile. */
export function countAtoms(source: string): number {
  const groups: number[] = []
  let total = 0
  let atom = 0
  for (const [text, least, most] of source.matchAll(token)) {
    if (text === '(') {
      groups.push(total)
      total = 0
    } else if (text === ')') {
      atom = Math.max(total, 1)
      total = (groups.pop() ?? 0) + atom
    } else if (least !== undefined) {
      const times = Math.max(Number(least), Number(most ?? 0), 1)
      total += atom * (times - 1)
      atom *= times
    } else if (!'?*+|^$'.includes(text)) {
      atom = 1
      total += atom
    }
  }
  return total
}
