import { expect, test } from 'vitest'
import { apiPath } from './api-path.ts'
import { Failure } from './failure.ts'

test('values are encoded, also where they look like a path or a query', () => {
  expect(apiPath`/api/v1/rules/${'a/../b?c#d e'}/enable`).toBe('/api/v1/rules/a%2F..%2Fb%3Fc%23d%20e/enable')
  expect(apiPath`/x/${1}/y/${'b'}`).toBe('/x/1/y/b')
})

test.each(['', '.', '..'])('%j would address something else and is refused', (ref) => {
  expect(() => apiPath`/api/v1/rules/${ref}`).toThrow(Failure)
})
