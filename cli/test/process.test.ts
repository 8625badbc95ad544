import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { type Api, listOf, type Routes, startApi } from './api-server.ts'
import { cliProcess, newHome, session } from './cli.ts'

/** The compiled program as a shell starts it. Everything else is tested inside the test process. */

const aLoadedMachine = 30_000
let api: Api

afterEach(() => api.close())

const times = { created: '2031-05-06T07:08:09Z', updated: '2031-05-06T07:08:09Z' }

test('log in, look, run and log out', { timeout: aLoadedMachine }, async () => {
  const execution = { id: 42, action_ref: 'core.echo', config: null, ...times }
  const tokens = { access_token: 'a', refresh_token: 'r', token_type: 'Bearer', expires_in: 3600 }
  const refused = { status: 401, body: { error: 'Token is not valid.', code: 'UNAUTHORIZED' } }
  const routes: Routes = {
    'POST /auth/login': () => ({ body: { data: tokens } }),
    'GET /api/v1/packs': ({ authorization }) => (authorization === 'Bearer a' ? listOf([]) : refused),
    'POST /api/v1/executions/execute': () => ({ body: { data: { ...execution, status: 'requested' } } }),
    'GET /api/v1/executions/42': () => ({
      body: { data: { ...execution, status: 'failed', result: { error: 'x' } } },
    }),
  }
  api = await startApi(routes)
  const home = newHome()

  const login = await cliProcess(['login', '--api-url', api.url, '--password-stdin'], { home, input: 'pw\n' })
  const packs = await cliProcess(['pack', 'list', '--json'], { home })
  const run = await cliProcess(['run', 'core.echo', '--follow'], { home })
  await cliProcess(['logout'], { home })
  const after = await cliProcess(['pack', 'list', '--json'], { home })

  expect(login).toMatchObject({ code: 0, stderr: '' })
  expect(packs).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
  expect(run).toMatchObject({ code: 1, stderr: '' })
  expect(after).toMatchObject({ code: 3, stdout: '' })
})

test('Ctrl-C exits 130', { timeout: aLoadedMachine }, async () => {
  const requests = new EventEmitter()
  const interruptAfter = once(requests, 'arrived')
  api = await startApi({ 'GET /api/v1/packs': () => ({ write: () => requests.emit('arrived') }) })

  const ended = await cliProcess(['pack', 'list'], { ...session(api.url), interruptAfter })

  expect(ended).toEqual({ code: 130, stdout: '', stderr: 'Error: Interrupted.\n' })
})

test('a usage error exits 2 with nothing on stdout', { timeout: aLoadedMachine }, async () => {
  api = await startApi({})

  const ended = await cliProcess(['rule', 'list', '--wrong'], session(api.url))

  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toMatch(/^Error: /)
})

test('a reader that has seen enough is no error', { timeout: aLoadedMachine }, async () => {
  const pack = { ref: 'p'.repeat(1000), label: '', version: '', tags: [], is_standard: false, ...times }
  api = await startApi({ 'GET /api/v1/packs': () => listOf(Array.from({ length: 1000 }, () => pack)) })
  const main = new URL('../dist/main.js', import.meta.url).pathname
  const { env } = session(api.url)

  const child = spawn(process.execPath, [main, 'pack', 'list', '-q'], {
    env: { ...env, XDG_CONFIG_HOME: newHome() },
  })
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  child.stdout.once('data', () => child.stdout.destroy())
  const code = await new Promise((resolve) => child.once('close', resolve))

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
