import { RE2JS, RE2JSException } from 're2js'
import { fail, type Frame, spend } from './frame.ts'
import { limits } from './limit.ts'
import type { Pattern } from './patterns.ts'
import { exceedsBytes, isBlank } from './text.ts'

/**
 * One step pays for this many instructions of the matching machine at one character. Hostile patterns cost the engine
 * up to 150 ns for each, so that a million steps are about two seconds.
 */
const INSTRUCTIONS_PER_STEP = 16

/** What the engine may remember of one pattern between matches. Its own choice is 8 MiB, too much for a cache of them. */
const ENGINE_BYTES = 1024 * 1024

/**
 * Whether `pattern` matches somewhere in `text`. The engine is RE2: time is linear in the text whatever the pattern,
 * and what it cannot promise that for (look-around, back-references) does not compile.
 */
export function matches(frame: Frame, pattern: string, text: string): boolean {
  return matchesPattern(frame, frame.patterns.get(pattern) ?? compilePattern(frame, pattern), text)
}

/** The same for a compiled pattern. */
export function matchesPattern(frame: Frame, { regex, size }: Pattern, text: string): boolean {
  spend(frame, 1 + Math.ceil((size * text.length) / INSTRUCTIONS_PER_STEP))
  return regex.test(text)
}

/** Compiles a pattern and keeps it. Throws an `ExpressionError` when it is not one. */
export function compilePattern(frame: Frame, pattern: string): Pattern {
  if (exceedsBytes(pattern, limits.patternBytes)) {
    fail(frame, 'limit', `The pattern is longer than ${limits.patternBytes} bytes`, 'write a shorter one')
  }
  const regex = parsePattern(frame, pattern)
  regex.re2Input.dfa.stateBudget = ENGINE_BYTES
  regex.re2Input.dfa.memBudget = ENGINE_BYTES
  const compiled = { regex, size: regex.programSize() }
  spend(frame, 1000 + 40 * compiled.size)
  frame.patterns.set(pattern, compiled)
  return compiled
}

function parsePattern(frame: Frame, pattern: string): RE2JS {
  try {
    return RE2JS.compile(withoutVerbose(pattern))
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    // The engine's own text quotes the pattern, which may be a value.
    const remedy = 'write it in RE2 syntax, which has no look-around and no back-references'
    return fail(frame, 'regex', 'The pattern is not a regular expression', remedy)
  }
}

/**
 * The verbose flag `(?x)`, which RE2 lacks: white space and `#` comments in the pattern mean nothing unless escaped.
 * Understood where it opens the pattern, alone or beside other flags.
 */
function withoutVerbose(pattern: string): string {
  const opening = /^\(\?([imsU]*)x([imsU]*)\)/.exec(pattern)
  if (opening === null) return pattern
  const flags = `${opening[1] ?? ''}${opening[2] ?? ''}`
  return `${flags === '' ? '' : `(?${flags})`}${stripBlanks(pattern, opening[0].length)}`
}

function stripBlanks(pattern: string, from: number): string {
  let kept = ''
  for (let i = from; i < pattern.length; i += 1) {
    const char = pattern.charAt(i)
    if (char === '\\') {
      kept += pattern.slice(i, i + 2)
      i += 1
    } else if (char === '#') {
      i = endOfLine(pattern, i)
    } else if (!isBlank(pattern.charCodeAt(i))) {
      kept += char
    }
  }
  return kept
}

function endOfLine(pattern: string, from: number): number {
  const end = pattern.indexOf('\n', from)
  return end === -1 ? pattern.length : end
}
