import { expect, test } from 'vitest'
import { isListed } from './address.ts'

test.each<[boolean, string, string[]]>([
  [true, '10.1.2.3', ['10.1.2.3']],
  [true, '10.1.2.3', ['192.0.2.1', '10.0.0.0/8']],
  [false, '11.1.2.3', ['10.0.0.0/8']],
  [true, '::ffff:10.1.2.3', ['10.0.0.0/8']],
  [true, '10.1.2.3', ['::ffff:10.1.2.3', '192.0.2.1']],
  [true, '10.1.2.3', ['::ffff:10.0.0.0/104']],
  [true, '2001:db8::1', ['2001:db8::/32']],
  [true, '2001:0db8:0:0::1', ['2001:db8::1']],
  [false, '2001:db9::1', ['2001:db8::/32']],
  [false, '2001:db8::1', ['0.0.0.0/0']],
  [false, '10.1.2.3', ['::/0']],
  [false, '10.1.2.3', []],
  [false, '10.1.2.3', ['10', '10.1.2.3/33', '010.1.2.3', '*', '']],
  [false, 'unknown', ['0.0.0.0/0', '::/0']],
])('%s: %s is one of %j', (expected, address, entries) => {
  expect(isListed(address, entries)).toBe(expected)
})
