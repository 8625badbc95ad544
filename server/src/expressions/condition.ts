import { type Compiled, type CompileOptions, compileExpression } from './compile.ts'
import { ExpressionError } from './error.ts'
import { type Context, createFrame } from './frame.ts'
import { createPatterns } from './patterns.ts'
import { pureTemplate, scanTemplates } from './scan.ts'
import type { Scope } from './scope.ts'
import { isTainted } from './taint.ts'
import { trimBlanks } from './text.ts'
import { truthy } from './value.ts'

/** A question about the data of a context. */
export type Condition = {
  readonly compiled: Compiled
  /** Whether it holds. Where it decides on a secret, that tells about it: see `decide`. */
  holds(context: Context): boolean
  /** The same, and whether it takes a secret to tell. */
  decide(context: Context): { holds: boolean; on_secret: boolean }
}

/**
 * Compiles the condition of a rule: an expression, bare or as one template, that holds if its value is truthy. Throws
 * an `ExpressionError`, also for text with templates in it.
 */
export function compileCondition(text: string, scope: Scope, options: CompileOptions = {}): Condition {
  const patterns = options.patterns ?? createPatterns()
  const compiled = compileExpression(bareExpression(text), scope, { ...options, patterns })
  return {
    compiled,
    holds: (context) => truthy(compiled.run(createFrame(context, patterns))),
    decide(context) {
      const frame = createFrame(context, patterns)
      if (!compiled.mayReadSecrets(context)) return { holds: truthy(compiled.run(frame)), on_secret: false }
      const { value, taint, computed } = compiled.trace(frame)
      return { holds: truthy(value), on_secret: computed || isTainted(taint) }
    },
  }
}

/** Removes the braces around an expression that is written as one template. */
function bareExpression(text: string): string {
  const trimmed = trimBlanks(text)
  if (!trimmed.startsWith('{{')) return trimmed
  const template = pureTemplate(scanTemplates(trimmed))
  if (template !== undefined) return trimBlanks(template.text)
  throw new ExpressionError({
    kind: 'parse',
    problem: 'A condition is one expression, not text with templates in it',
    remedy: "write one expression and join its parts with 'and' or 'or'",
    expression: trimmed,
    at: { start: 0, end: trimmed.length },
  })
}
