import { expect, test } from 'vitest'
import { Problem } from '../problem.ts'
import { errorOriginOf, safeErrorText } from './error-text.ts'

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

test.each([
  ['a parser', () => JSON.parse('horse battery')],
  ['a check of an argument', () => Buffer.alloc('horse' as never)],
  ['a lookup', () => decodeURIComponent('%horse')],
])('what %s says is not repeated', (_name, act) => {
  const error = thrownBy(act)

  expect(safeErrorText(error)).toMatch(/^an unexpected error/)
  expect([safeErrorText(error), ...errorOriginOf(error)].join('\n')).not.toContain('horse')
})

test('our own sentences and those of the system are', () => {
  expect(safeErrorText(new Problem('NOT_FOUND', 'There is no pack.'))).toBe('There is no pack.')
  expect(safeErrorText(new Error('The disk is full.'))).toBe('The disk is full.')
  expect(
    safeErrorText(Object.assign(new Error('spawn x ENOENT'), { syscall: 'spawn', code: 'ENOENT' })),
  ).toBe('spawn x ENOENT')
})
