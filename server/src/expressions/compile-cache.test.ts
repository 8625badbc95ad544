import { describe, expect, test } from 'vitest'
import { createCompileCache } from './compile-cache.ts'
import { createLru } from './lru.ts'
import type { Scope } from './scope.ts'

describe('the cache of expressions', () => {
  const scope: Scope = { roots: ['a'] }

  test('compiles a text once in each scope', () => {
    const cache = createCompileCache()
    const compiled = cache.expression('a + 1', scope)

    expect(cache.expression('a + 1', scope)).toBe(compiled)
    expect(cache.expression('a + 1', { roots: ['a'] })).not.toBe(compiled)
    expect(createCompileCache().expression('a + 1', scope)).not.toBe(compiled)
  })

  test('does not keep failures', () => {
    const cache = createCompileCache()
    expect(() => cache.expression('b', scope)).toThrow("no 'b'")
    expect(() => cache.expression('b', scope)).toThrow("no 'b'")
  })

  test('forgets what was not used for longest', () => {
    const cache = createCompileCache(2)
    const [first, second] = [cache.expression('a', scope), cache.expression('a + 1', scope)]
    cache.expression('a', scope)
    cache.expression('a + 2', scope)

    expect(cache.expression('a', scope)).toBe(first)
    expect(cache.expression('a + 1', scope)).not.toBe(second)
  })
})

test('a bounded map never holds more than its capacity', () => {
  const lru = createLru<number, string>(3)
  for (let i = 0; i < 10; i += 1) lru.set(i, `${i}`)
  lru.set(8, 'again')

  expect([...Array(10).keys()].filter((key) => lru.get(key) !== undefined)).toEqual([7, 8, 9])
  expect(lru.get(8)).toBe('again')
})
