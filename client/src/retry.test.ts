import { expect, test } from 'vitest'
import { waitBeforeNextTry } from './retry.ts'

const answer = (status: number, after?: string) => ({
  status,
  headers: new Headers(after === undefined ? {} : { 'retry-after': after }),
})
const first = (method: string) => ({ method, tries: 1 })

test.each([408, 425, 429])('%i is later, whatever was asked', (status) => {
  expect(waitBeforeNextTry(answer(status), first('GET'))).toBe(250)
  expect(waitBeforeNextTry(answer(status), first('POST'))).toBe(250)
})

test.each([500, 502, 503, 504])(
  '%i is later for what may be asked twice, and final for the rest',
  (status) => {
    expect(waitBeforeNextTry(answer(status), first('GET'))).toBe(250)
    expect(waitBeforeNextTry(answer(status), first('PUT'))).toBe(250)
    expect(waitBeforeNextTry(answer(status), first('POST'))).toBeUndefined()
  },
)

test.each([200, 400, 401, 403, 404, 409, 413, 422])('%i is an answer', (status) => {
  expect(waitBeforeNextTry(answer(status, '1'), first('GET'))).toBeUndefined()
})

test('Retry-After is honoured, as seconds and as a date', () => {
  expect(waitBeforeNextTry(answer(429, '7'), first('POST'))).toBe(7000)
  const date = new Date(Date.now() + 30_000).toUTCString()
  expect(waitBeforeNextTry(answer(503, date), first('GET'))).toBeGreaterThan(20_000)
  expect(waitBeforeNextTry(answer(503, 'soon'), first('GET'))).toBe(250)
})

test('nobody is kept waiting for long, and not for ever', () => {
  expect(waitBeforeNextTry(answer(429, '3600'), first('GET'))).toBeUndefined()
  expect(waitBeforeNextTry(answer(429), { method: 'GET', tries: 4 })).toBeUndefined()
})
