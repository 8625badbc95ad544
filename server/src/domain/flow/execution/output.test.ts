import { expect, test } from 'vitest'
import { outputIn } from './output.ts'

test('what a stream said is found in a result whose execution has no log file', () => {
  expect(outputIn({ stdout: 'a\n', stderr: 'b\n' }, 'stdout')).toBe('a\n')
  expect(outputIn({ stdout: 'a\n', stderr: 'b\n' }, 'stderr')).toBe('b\n')
  expect(outputIn({ data: [1] }, 'stdout')).toBe('[\n  1\n]\n')
  expect(outputIn({ data: [1] }, 'stderr')).toBe('')
})
