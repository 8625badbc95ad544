import { expect, test } from 'vitest'
import { createShortMemory } from './short-memory.ts'

test('what was found is remembered until its time is over; what was not found is asked again', async () => {
  let now = 0
  let asked = 0
  const memory = createShortMemory<string>(1000, () => now)
  const ask = (value: string | undefined) =>
    memory('key', async () => {
      asked += 1
      return value
    })

  expect([await ask(undefined), await ask('a'), await ask('b')]).toEqual([undefined, 'a', 'a'])
  now = 1001
  expect(await ask('b')).toBe('b')
  expect(asked).toBe(3)
})
