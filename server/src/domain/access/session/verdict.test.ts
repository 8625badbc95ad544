import { expect, test } from 'vitest'
import { RACE_SECONDS, verdictOn } from './verdict.ts'

const session = { generation: 5, seconds_since: 1, same_client: true }

test('the token of the renewal that the session is at renews it', () => {
  expect(verdictOn(session, 5)).toBe('renew')
  expect(verdictOn({ ...session, seconds_since: 1e6, same_client: false }, 5)).toBe('renew')
})

test('the one before it is that of another tab, within moments and from the same client', () => {
  expect(verdictOn(session, 4)).toBe('repeat')
  expect(verdictOn({ ...session, seconds_since: -0.2 }, 4)).toBe('repeat')
  expect(verdictOn({ ...session, seconds_since: RACE_SECONDS + 0.1 }, 4)).toBe('reused')
  expect(verdictOn({ ...session, same_client: false }, 4)).toBe('reused')
})

test.each([3, 1, 0, -1])('one of renewal %i was used before', (presented) => {
  expect(verdictOn(session, presented)).toBe('reused')
})

test('one that does not exist yet ends nothing and opens nothing', () => {
  expect(verdictOn(session, 6)).toBe('unknown')
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 4.5])('%d is no renewal of ours', (presented) => {
  expect(verdictOn(session, presented)).toBe('unknown')
})
