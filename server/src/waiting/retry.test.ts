import { expect, test } from 'vitest'
import { retry } from './retry.ts'

/** Fails so many times before it succeeds. */
function failing(times: number) {
  let tries = 0
  return async () => {
    tries += 1
    if (tries <= times) throw new Error(`try ${tries}`)
    return tries
  }
}

test('work is done again until it succeeds, and each failure is told with its pause', async () => {
  const failures: [string, number][] = []

  const result = await retry(failing(2), {
    worthwhile: () => true,
    failed: (error, delayMs) => failures.push([String(error), delayMs]),
  })

  expect(result).toBe(3)
  expect(failures).toEqual([
    ['Error: try 1', 200],
    ['Error: try 2', 400],
  ])
})

test('an error that will not go away is thrown at once', async () => {
  const failed = () => expect.unreachable()

  await expect(retry(failing(1), { worthwhile: () => false, failed })).rejects.toThrow('try 1')
})

test('no try is begun after its time', async () => {
  const failed = () => expect.unreachable()

  await expect(retry(failing(1), { seconds: 0, worthwhile: () => true, failed })).rejects.toThrow('try 1')
})
