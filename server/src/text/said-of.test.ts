import { expect, test } from 'vitest'
import { Problem } from '../problem.ts'
import { originOf, saidOf } from './said-of.ts'

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

  expect(saidOf(error)).toMatch(/^an unexpected error/)
  expect([saidOf(error), ...originOf(error)].join('\n')).not.toContain('horse')
})

test('our own sentences and those of the system are', () => {
  expect(saidOf(new Problem('NOT_FOUND', 'There is no pack.'))).toBe('There is no pack.')
  expect(saidOf(new Error('The disk is full.'))).toBe('The disk is full.')
  expect(saidOf(Object.assign(new Error('spawn x ENOENT'), { syscall: 'spawn', code: 'ENOENT' }))).toBe(
    'spawn x ENOENT',
  )
})
