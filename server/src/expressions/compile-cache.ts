import { type Compiled, compileExpression } from './compile.ts'
import { createLru, type Lru } from './lru.ts'
import { createPatterns } from './patterns.ts'
import type { Scope } from './scope.ts'

/** Expressions compiled once per text and scope, for callers that meet the same texts again and again. */
export type CompileCache = {
  /** The compiled expression. Throws what `compileExpression` throws; failures are not kept. */
  expression(text: string, scope: Scope): Compiled
}

/**
 * Creates a cache that keeps the most recently used expressions, and the regular expressions that they meet. Scopes are
 * told apart by identity: pass constants, not fresh objects.
 */
export function createCompileCache(capacity = 1000): CompileCache {
  const patterns = createPatterns()
  const scopes = new WeakMap<Scope, Lru<string, Compiled>>()

  function expressionsOf(scope: Scope): Lru<string, Compiled> {
    const known = scopes.get(scope)
    if (known !== undefined) return known
    const created = createLru<string, Compiled>(capacity)
    scopes.set(scope, created)
    return created
  }
  return {
    expression(text, scope) {
      const expressions = expressionsOf(scope)
      const known = expressions.get(text)
      if (known !== undefined) return known
      const compiled = compileExpression(text, scope, { patterns })
      expressions.set(text, compiled)
      return compiled
    },
  }
}
