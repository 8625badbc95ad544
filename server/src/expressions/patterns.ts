import { LRUCache } from 'lru-cache'
import type { RE2JS } from 're2js'

/** Compiled regular expressions by their text, the most recently used ones. */
export type Patterns = Pick<LRUCache<string, Pattern>, 'get'> & { set(text: string, pattern: Pattern): void }
export type Pattern = { readonly regex: RE2JS; readonly size: number }

const MAX_KEPT = 64

/** Hardly any expression has a pattern, and there are many: what keeps them is made for the first one. */
export function createPatterns(): Patterns {
  let kept: LRUCache<string, Pattern> | undefined
  return {
    get: (text) => kept?.get(text),
    set(text, pattern) {
      kept ??= new LRUCache({ max: MAX_KEPT })
      kept.set(text, pattern)
    },
  }
}
