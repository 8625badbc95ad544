import { expect, test } from 'vitest'
import { createBodyMemory } from './body-memory.ts'

test('one caller has a share, all have an end, and what is given back is there again', () => {
  const memory = createBodyMemory({ all: 100, each: 60 })
  const [first, second] = [memory('a'), memory('a')]

  expect([first.take(40), second.take(21), second.take(20)]).toEqual([true, false, true])
  expect([memory('b').take(41), memory('b').take(40)]).toEqual([false, true])
  first.giveBack()
  first.giveBack()
  expect([second.take(40), memory('c').take(1)]).toEqual([true, false])
})
