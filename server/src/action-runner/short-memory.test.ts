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

test('those who ask while somebody is looking share the answer, and the next one looks again', async () => {
  const memory = createShortMemory<string>(1000)
  let looks = 0
  const find = async () => {
    looks += 1
    return undefined
  }

  const answers = await Promise.all([memory('a', find), memory('a', find), memory('b', find)])

  expect(answers).toEqual([undefined, undefined, undefined])
  expect(looks).toBe(2)
  await memory('a', find)
  expect(looks).toBe(3)
})

test('a look that fails is not remembered', async () => {
  const memory = createShortMemory<string>(1000)

  await expect(memory('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')

  expect(await memory('a', async () => 'found')).toBe('found')
})
