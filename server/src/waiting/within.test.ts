import { expect, test } from 'vitest'
import { within } from './within.ts'

const never = new Promise<never>(() => undefined)

test('an answer that comes in time is the answer, and so is an error', async () => {
  expect(await within(Promise.resolve('done'), 10_000)).toBe('done')
  await expect(within(Promise.reject(new Error('broken')), 10_000)).rejects.toThrow('broken')
})

test('what does not come is given up', async () => {
  expect(await within(never, 1)).toBeUndefined()
  expect(await within(never, 1, 'late')).toBe('late')
})

test('work that fails after it was given up disturbs nobody', async () => {
  let fail = (): void => undefined
  const work = new Promise<void>((_, reject) => {
    fail = () => reject(new Error('too late'))
  })

  expect(await within(work, 1)).toBeUndefined()

  fail()
  await expect(work).rejects.toThrow('too late')
})
