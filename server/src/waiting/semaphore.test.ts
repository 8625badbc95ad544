import { expect, test, vi } from 'vitest'
import { createSemaphore, type Semaphore } from './semaphore.ts'

const never = new AbortController().signal

/** Takes a permit and notes when it has it. */
function entering(semaphore: Semaphore, entered: string[]) {
  return async (name: string, signal = never) => {
    const free = await semaphore.take(signal)
    entered.push(name)
    return free
  }
}

test('so many have a permit at a time, and the others follow in the order in which they came', async () => {
  const entered: string[] = []
  const enter = entering(createSemaphore(2), entered)
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
  const enter = entering(createSemaphore(1), entered)
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
  const semaphore = createSemaphore(2, { places: 1, full: () => new Error('full') })
  const works = [work(), work(), work(), work()]
  const outcomes = works.map(({ run }) => semaphore.run(run).catch((error: unknown) => error))

  expect(await outcomes[3]).toEqual(new Error('full'))
  expect(works.map(({ started }) => started)).toEqual([true, true, false, false])

  works[0]?.end()
  await outcomes[0]
  await vi.waitFor(() => expect(works[2]?.started).toBe(true))

  for (const one of works) one.end()
  expect(await Promise.all(outcomes.slice(0, 3))).toEqual(['done', 'done', 'done'])
})

test('work that fails gives its permit back', async () => {
  const semaphore = createSemaphore(1, { places: 0, full: () => new Error('full') })

  await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')

  expect(await semaphore.run(async () => 'next')).toBe('next')
})
