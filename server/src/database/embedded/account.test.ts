import { expect, test } from 'vitest'
import { accountFor, dedicatedAccount, initAccount, isRoot, requireCapabilities } from './account.ts'

const everything = '         0          0 4294967295\n'

test('two data directories get different users, the same one always the same', () => {
  const first = dedicatedAccount('/home/a/data', everything)
  const second = dedicatedAccount('/home/b/data', everything)

  expect(first.uid).not.toBe(second.uid)
  expect(dedicatedAccount('/home/a/data', everything)).toEqual(first)
  expect(first.uid).toBeGreaterThanOrEqual(1_900_000_000)
  expect(first.uid).toBeLessThan(2_000_000_000)
})

test('a user namespace of 65536 ids gets a user that it has', () => {
  const { uid } = dedicatedAccount('/data', '         0     100000      65536\n')

  expect(uid).toBeGreaterThanOrEqual(60_700)
  expect(uid).toBeLessThan(61_100)
})

test('a user namespace of two ranges is understood', () => {
  const { uid } = dedicatedAccount('/data', '0 1000 1\n1 100000 65536\n')

  expect(uid).toBeLessThan(61_100)
})

test('a user namespace with root alone is refused with a remedy', () => {
  expect(() => dedicatedAccount('/data', '         0       1000          1\n')).toThrow(
    /normal user.*database\.url/,
  )
})

test('initdb runs as nobody, whose name the system knows, in the group of the account', () => {
  expect(initAccount({ uid: 1_912_345_678, gid: 1_912_345_678 })).toEqual({ uid: 65534, gid: 1_912_345_678 })
})

test.each([
  ['all of them', '000001ffffffffff'],
  ['those of a container', '00000000a80425fb'],
])('root with %s may go on', (_, mask) => {
  expect(() => requireCapabilities(`Name:\tnode\nCapEff:\t${mask}\n`)).not.toThrow()
})

test.each([
  ['CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETGID, CAP_SETUID', '0000000000000000'],
  ['CAP_SETUID', '000001ffffffff7f'],
  ['CAP_CHOWN', '000001fffffffffe'],
])('root without %s is told so', (missing, mask) => {
  expect(() => requireCapabilities(`CapEff:\t${mask}\n`)).toThrow(`this root lacks ${missing}, which`)
})

test('a normal user runs the server itself; root never does', async () => {
  const account = await accountFor('/nonexistent/data')

  expect(account !== undefined && account.uid > 0).toBe(isRoot())
})
