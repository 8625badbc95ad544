import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Api, listOf, type Routes, startApi } from './api-server.ts'
import { cli, type CliOptions, newHome, session } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function run(routes: Routes, args: string[], options: CliOptions = {}): ReturnType<typeof cli> {
  api = await startApi(routes)
  return cli(['key', ...args], { ...session(api.url), ...options })
}

function key(more: object = {}): object {
  return {
    id: 7,
    ref: 'slack.token',
    name: 'token',
    owner_type: 'pack',
    owner: '3',
    owner_identity: null,
    owner_pack: 3,
    owner_pack_ref: 'slack',
    encrypted: true,
    value: null,
    created: '2031-05-06T07:08:09.123456Z',
    updated: '2031-05-06T07:08:09.123456Z',
    ...more,
  }
}

const created: Routes = {
  'POST /api/v1/keys': () => ({ status: 201, body: { data: key({ value: 's3cret' }) } }),
}

test('key list names owners and never asks for values', async () => {
  const row = { ...key(), owner_ref: 'slack' }

  const ended = await run({ 'GET /api/v1/keys': () => listOf([row]) }, ['list', '--owner-type', 'pack'])

  expect(ended.stdout).toMatch(/slack\.token +token +pack +slack +yes/)
  expect(api.received[0]?.query).toMatchObject({ owner_type: 'pack' })
})

test('key get shows the value when asked to, and not before', async () => {
  const routes: Routes = {
    'GET /api/v1/keys/slack.token': ({ query }) => ({
      body: { data: key(query.decrypt === 'true' ? { value: 's3cret' } : {}) },
    }),
  }

  const hidden = await run(routes, ['get', 'slack.token'])
  await api.close()
  const shown = await run(routes, ['get', 'slack.token', '--decrypt'])

  expect(hidden.stdout).toMatch(/^Owner +pack slack$/m)
  expect(hidden.stdout).not.toContain('Value')
  expect(shown.stdout).toContain('\nValue:\n"s3cret"\n')
})

test('key get --decrypt fails where the value stays hidden', async () => {
  const ended = await run({ 'GET /api/v1/keys/slack.token': () => ({ body: { data: key() } }) }, [
    'get',
    'slack.token',
    '--decrypt',
  ])

  expect(ended).toMatchObject({ code: 4, stdout: '' })
  expect(ended.stderr).toContain('keys:decrypt')
})

test.each([
  ['typed', { typed: 's3cret\r' }, []],
  ['piped', { input: 's3cret\n' }, ['--value', '-']],
])('a value is %s, and never printed', async (_how, input, more) => {
  const args = ['create', 'slack.token', '--owner-type', 'pack', '--owner', 'slack', ...more]

  const ended = await run(created, args, input)

  expect(ended.code).toBe(0)
  expect(api.received[0]?.body).toEqual({
    ref: 'slack.token',
    name: 'token',
    owner_type: 'pack',
    owner_pack_ref: 'slack',
    value: 's3cret',
    encrypted: true,
  })
  expect(ended.stdout + ended.stderr).not.toContain('s3cret')
})

test('a value comes from a file, as JSON where that is said', async () => {
  const file = join(newHome(), 'value.json')
  writeFileSync(file, '{"user": "ann", "password": "s3cret"}\n')

  const ended = await run(created, ['create', 'mail.login', '--value', `@${file}`, '--json-value', '--json'])

  expect(api.received[0]?.body).toMatchObject({
    owner_type: 'system',
    value: { user: 'ann', password: 's3cret' },
  })
  expect(ended.stdout).not.toContain('s3cret')
})

test('a value on the command line is refused before anything is sent', async () => {
  const ended = await run(created, ['create', 'slack.token', '--value', 's3cret'])

  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('not written on the command line')
  expect(api.received).toEqual([])
})

test('key update sends what was given', async () => {
  const ended = await run(
    { 'PUT /api/v1/keys/slack.token': () => ({ body: { data: key({ encrypted: false }) } }) },
    ['update', 'slack.token', '--encrypted', 'false'],
  )

  expect(ended.code).toBe(0)
  expect(api.received[0]?.body).toEqual({ encrypted: false })
})

const counts = (reencrypted: number, remaining: number, unreadable = 0) => ({
  reencrypted,
  remaining,
  unreadable,
  current: 5,
})
const none = counts(0, 0)

test('key rotate-encryption goes on until nothing is left', async () => {
  const steps = [
    { keys: counts(2, 1), secret_values: none, webhook_secrets: none, pack_index_headers: none, done: false },
    { keys: counts(1, 0), secret_values: none, webhook_secrets: none, pack_index_headers: none, done: true },
  ]
  const ended = await run(
    { 'POST /api/v1/keys/rotate-encryption': () => ({ body: { data: steps.shift() } }) },
    ['rotate-encryption'],
  )

  expect(ended.code).toBe(0)
  expect(ended.stdout).toContain('3 values were encrypted anew')
})

test('key rotate-encryption says what cannot be read, and fails', async () => {
  const step = {
    keys: counts(0, 0, 2),
    secret_values: none,
    webhook_secrets: none,
    pack_index_headers: none,
    done: true,
  }
  const ended = await run({ 'POST /api/v1/keys/rotate-encryption': () => ({ body: { data: step } }) }, [
    'rotate-encryption',
  ])

  expect(ended.code).toBe(1)
  expect(ended.stderr).toContain('2 values cannot be read')
})
