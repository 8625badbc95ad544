import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { newHome } from '../test/cli.ts'
import { Failure } from './failure.ts'
import { configFile, readConfig, saveProfile } from './profile.ts'

function fileWith(text: string): string {
  const file = join(newHome(), 'attune', 'config.yaml')
  mkdirSync(dirname(file))
  writeFileSync(file, text, { mode: 0o644 })
  return file
}

test.each([
  [{ XDG_CONFIG_HOME: '/xdg', HOME: '/home/a' }, 'linux', '/xdg/attune/config.yaml'],
  [{ XDG_CONFIG_HOME: 'relative', HOME: '/home/a' }, 'linux', '/home/a/.config/attune/config.yaml'],
  [{ HOME: '/home/a' }, 'linux', '/home/a/.config/attune/config.yaml'],
  [{ HOME: '/Users/a' }, 'darwin', '/Users/a/Library/Application Support/attune/config.yaml'],
] as const)('with %j on %s the config file is %s', (env, platform, file) => {
  expect(configFile(env, platform)).toBe(file)
})

test('a file that is not there reads as empty', async () => {
  expect(await readConfig(join(newHome(), 'none.yaml'))).toEqual({
    profile: 'default',
    format: undefined,
    profiles: new Map(),
  })
})

test('the older names of keys are understood', async () => {
  const file = fileWith(
    'current_profile: work\ndefault_output_format: json\nprofiles: {work: {api_url: http://x}}\n',
  )

  expect(await readConfig(file)).toEqual({
    profile: 'work',
    format: 'json',
    profiles: new Map([['work', { api_url: 'http://x' }]]),
  })
})

test('what is saved is read back, in a folder and a file for the owner only', async () => {
  const file = join(newHome(), 'deep', 'attune', 'config.yaml')

  await saveProfile(file, 'work', { api_url: 'https://x', auth_token: 'a: "b"\n', refresh_token: 'r' })

  expect((await readConfig(file)).profiles.get('work')).toEqual({
    api_url: 'https://x',
    auth_token: 'a: "b"\n',
    refresh_token: 'r',
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
  expect(readdirSync(dirname(file))).toEqual(['config.yaml'])
})

test('saving keeps comments, unknown keys and other profiles', async () => {
  const file = fileWith(
    '# why\nmine: 1\nprofiles:\n  a: # first\n    api_url: http://a\n    auth_token: t\n  b: {x: 1}\n',
  )

  await saveProfile(file, 'a', { auth_token: undefined, username: 'ann' })

  expect(readFileSync(file, 'utf8')).toBe(
    '# why\nmine: 1\nprofiles:\n  a:\n    # first\n    api_url: http://a\n    username: ann\n  b: { x: 1 }\n',
  )
})

test('a linked file is replaced where it really is', async () => {
  const real = fileWith('profiles: {}\n')
  const link = join(newHome(), 'config.yaml')
  symlinkSync(real, link)

  await saveProfile(link, 'a', { api_url: 'http://a' })

  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(readFileSync(real, 'utf8')).toContain('http://a')
})

test('a file that is not YAML is named and not overwritten', async () => {
  const file = fileWith('profiles: [unclosed\n')

  await expect(readConfig(file)).rejects.toThrow(file)
  await expect(saveProfile(file, 'a', { api_url: 'x' })).rejects.toThrow(Failure)
  expect(readFileSync(file, 'utf8')).toBe('profiles: [unclosed\n')
})

test('a place that cannot be written to is a failure that leaves nothing behind', async () => {
  const blocked = fileWith('')

  await expect(saveProfile(join(blocked, 'config.yaml'), 'a', {})).rejects.toThrow(Failure)
  expect(existsSync(blocked)).toBe(true)
})
