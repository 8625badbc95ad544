import { expect, test } from 'vitest'
import { when } from './time.ts'

test.each([
  ['2031-05-06T07:08:09.123456Z', '2031-05-06 07:08:09 UTC'],
  ['2031-05-06T09:08:09+02:00', '2031-05-06 07:08:09 UTC'],
  ['soon', 'soon'],
  [undefined, ''],
])('%s is shown as %s', (time, shown) => {
  expect(when(time)).toBe(shown)
})
