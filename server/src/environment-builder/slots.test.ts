import { expect, test } from 'vitest'
import { createSlots } from './slots.ts'

const never = new AbortController().signal

/** Takes a slot and notes when it has it. */
function entering(slots: ReturnType<typeof createSlots>, entered: string[]) {
  return async (name: string, signal = never) => {
    const free = await slots.take(signal)
    entered.push(name)
    return free
  }
}

test('so many have a slot at a time, and the others follow in the order in which they came', async () => {
  const entered: string[] = []
  const enter = entering(createSlots(2), entered)
  const [first] = await Promise.all([enter('a'), enter('b')])
  const third = enter('c')
  const fourth = enter('d')

  first()
  first() // a second time gives back nothing
  const freeThird = await third
  expect(entered).toEqual(['a', 'b', 'c'])

  freeThird()
  await fourth
  expect(entered).toEqual(['a', 'b', 'c', 'd'])
})

test('whoever gives up waiting takes nobody’s place', async () => {
  const entered: string[] = []
  const enter = entering(createSlots(1), entered)
  const free = await enter('a')
  const given = new AbortController()
  const waiting = enter('b', given.signal)
  const next = enter('c')

  given.abort(new Error('No longer.'))
  await expect(waiting).rejects.toThrow('No longer.')
  free()
  await next

  expect(entered).toEqual(['a', 'c'])
})
