import { expect, test } from 'vitest'
import { endOf, statuses } from './execution/execution.ts'
import { exitOfHttp, exits } from './exit.ts'

test.each([
  [300, 7],
  [400, 6],
  [401, 3],
  [403, 4],
  [404, 5],
  [405, 7],
  [409, 6],
  [413, 6],
  [422, 6],
  [429, 7],
  [500, 7],
  [503, 7],
])('HTTP %i ends the process with %i', (status, code) => {
  expect(exits[exitOfHttp(status)]).toBe(code)
})

test('every status that ends an execution has an exit code, and no other', () => {
  const codes = statuses.map((status) => {
    const end = endOf(status)
    return [status, end === undefined ? undefined : exits[end]]
  })

  expect(Object.fromEntries(codes)).toEqual({
    requested: undefined,
    scheduling: undefined,
    scheduled: undefined,
    running: undefined,
    completed: 0,
    failed: 1,
    canceling: undefined,
    cancelled: 143,
    timeout: 1,
    abandoned: 1,
  })
})
