import type { RE2JS } from 're2js'
import { createLru, type Lru } from './lru.ts'

/** Compiled regular expressions by their text, the most recently used ones. */
export type Patterns = Lru<string, Pattern>
export type Pattern = { readonly regex: RE2JS; readonly size: number }

export function createPatterns(capacity = 64): Patterns {
  return createLru(capacity)
}
