import { expect, test } from 'vitest'
import { filled, PathProblem } from './api-path.ts'

test('values are encoded, also where they look like a path or a query', () => {
  expect(filled('/api/v1/rules/{ref}/enable', { ref: 'a/../b?c#d e' })).toBe(
    '/api/v1/rules/a%2F..%2Fb%3Fc%23d%20e/enable',
  )
  expect(filled('/x/{id}/y/{name}', { id: 1, name: 'b' })).toBe('/x/1/y/b')
})

test.each(['', '.', '..'])('%j would address something else and is refused', (ref) => {
  expect(() => filled('/api/v1/rules/{ref}', { ref })).toThrow(PathProblem)
})
