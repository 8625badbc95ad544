import { expect, test } from 'vitest'
import { createGate } from './gate.ts'

/** Work that ends when it is told to. */
function work() {
  let started = false
  let end = (): void => undefined
  const promise = new Promise<string>((resolve) => {
    end = () => resolve('done')
  })
  return {
    run: () => {
      started = true
      return promise
    },
    end: () => end(),
    get started() {
      return started
    },
  }
}

test('so many run at once, so many wait, the rest is turned away', async () => {
  const gate = createGate({ at_once: 2, waiting: 1 })
  const works = [work(), work(), work(), work()]
  const outcomes = works.map(({ run }) => gate(run).catch((error: unknown) => error))

  expect(await outcomes[3]).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  expect(works.map(({ started }) => started)).toEqual([true, true, false, false])

  works[0]?.end()
  await outcomes[0]
  await Promise.resolve()
  expect(works[2]?.started).toBe(true)

  for (const one of works) one.end()
  expect(await Promise.all(outcomes.slice(0, 3))).toEqual(['done', 'done', 'done'])
})

test('work that fails gives its place back', async () => {
  const gate = createGate({ at_once: 1, waiting: 0 })

  await expect(gate(() => Promise.reject(new Error('no')))).rejects.toThrow('no')

  expect(await gate(async () => 'next')).toBe('next')
})
