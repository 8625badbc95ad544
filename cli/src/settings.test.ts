import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Failure } from './failure.ts'
import type { Config, Profile } from './profile.ts'
import { apiUrl, resolveSettings } from './settings.ts'

const work: Profile = {
  api_url: 'https://work.example',
  auth_token: 'a',
  refresh_token: 'r',
  username: 'ann',
}

function config(more: Partial<Config> = {}): Config {
  return { profile: 'default', format: undefined, profiles: new Map([['work', work]]), ...more }
}

test('without anything it is the default profile on this machine', () => {
  expect(resolveSettings({}, {}, config({ profiles: new Map() }))).toEqual({
    profile: 'default',
    url: 'http://localhost:8080',
    username: undefined,
    format: 'table',
    quiet: false,
    verbose: false,
    tokens: { access: undefined, refresh: undefined, kept: false },
  })
})

test('flags win over the environment, and the environment over the config file', () => {
  const env = { ATTUNE_PROFILE: 'work', ATTUNE_API_URL: 'http://env.example' }

  expect(resolveSettings({ profile: 'flag', apiUrl: 'http://flag.example' }, env, config())).toMatchObject({
    profile: 'flag',
    url: 'http://flag.example',
  })
  expect(resolveSettings({}, env, config())).toMatchObject({ profile: 'work', url: 'http://env.example' })
  expect(resolveSettings({}, {}, config({ profile: 'work' }))).toMatchObject({ url: 'https://work.example' })
})

test('an empty environment variable counts as none', () => {
  const env = { ATTUNE_PROFILE: '', ATTUNE_API_URL: '', ATTUNE_API_TOKEN: '' }

  expect(resolveSettings({ profile: 'work' }, env, config())).toMatchObject({
    url: 'https://work.example',
    tokens: { access: 'a', refresh: 'r', kept: true },
  })
})

test('the token of an action is in a file, and one in the environment wins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'attune-token-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'token'), 'from-the-file\n')
  const env = { ATTUNE_API_TOKEN_FILE: join(folder, 'token') }

  expect(resolveSettings({}, env, config()).tokens).toMatchObject({ access: 'from-the-file', kept: false })
  expect(resolveSettings({}, { ...env, ATTUNE_API_TOKEN: 'env' }, config()).tokens.access).toBe('env')
  expect(() => resolveSettings({}, { ATTUNE_API_TOKEN_FILE: '/nowhere' }, config())).toThrow(
    /ATTUNE_API_TOKEN_FILE/,
  )
})

test('stored tokens go to the server of their profile only, those of the environment anywhere', () => {
  const elsewhere = { profile: 'work', apiUrl: 'https://work.example:8443' }

  expect(resolveSettings(elsewhere, {}, config()).tokens.access).toBeUndefined()
  expect(
    resolveSettings({ profile: 'work', apiUrl: 'https://work.example/' }, {}, config()).tokens.access,
  ).toBe('a')
  expect(resolveSettings(elsewhere, { ATTUNE_API_TOKEN: 'env' }, config()).tokens).toEqual({
    access: 'env',
    refresh: undefined,
    kept: false,
  })
})

test('the format comes from one flag, else from the config file', () => {
  const yaml = config({ format: 'yaml' })

  expect(resolveSettings({}, {}, yaml).format).toBe('yaml')
  expect(resolveSettings({ json: true }, {}, yaml).format).toBe('json')
  expect(() => resolveSettings({ json: true, output: 'table' }, {}, yaml)).toThrow(Failure)
  expect(() => resolveSettings({ output: 'xml' }, {}, yaml)).toThrow("'xml'")
})

test.each([
  ['http://host:8080/', 'http://host:8080'],
  ['https://host/attune/', 'https://host/attune'],
])('%s is used as %s', (given, used) => {
  expect(apiUrl(given)).toBe(used)
})

test.each([
  'host:8080',
  'localhost',
  'ftp://host',
  'http://user:pw@host',
  'http://host?x=1',
  'http://host#x',
  '',
])('%j is not an API URL', (text) => {
  expect(() => apiUrl(text)).toThrow(Failure)
})
