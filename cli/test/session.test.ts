import { chmodSync, readFileSync, statSync, writeFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, newHome } from './cli.ts'

const user = {
  id: 1,
  login: 'admin',
  display_name: 'Admin',
  auth_provider: 'local',
  assigned_permission_set_refs: [],
}
let api: Api

afterEach(() => api.close())

async function given(routes: Routes): Promise<void> {
  api = await startApi(routes)
}

function tokens(number: number): unknown {
  return {
    data: {
      access_token: `access-${number}`,
      refresh_token: `refresh-${number}`,
      token_type: 'Bearer',
      expires_in: 3600,
    },
  }
}

const loginRoutes: Routes = {
  'POST /auth/login': ({ body }) =>
    JSON.stringify(body) === JSON.stringify({ login: 'admin', password: ' s3cret ' })
      ? { body: tokens(1) }
      : { status: 401, body: { error: 'Login or password is wrong.', code: 'UNAUTHORIZED' } },
  'GET /auth/me': ({ authorization }) =>
    authorization === 'Bearer access-1'
      ? { body: { data: user } }
      : { status: 401, body: { error: 'Token is not valid.', code: 'UNAUTHORIZED' } },
}

function savedConfig(home: string): unknown {
  return parse(readFileSync(join(home, 'attune', 'config.yaml'), 'utf8'))
}

function writeConfig(home: string, text: string): void {
  mkdirSync(join(home, 'attune'), { recursive: true })
  writeFileSync(join(home, 'attune', 'config.yaml'), text)
}

test('login keeps the session in a file that only its owner reads, and later commands use it', async () => {
  await given(loginRoutes)
  const home = newHome()

  const login = await cli(['login', '--api-url', api.url, '--password-stdin'], { home, input: ' s3cret \n' })
  const whoami = await cli(['whoami'], { home })

  expect(login).toMatchObject({ code: 0, stderr: '' })
  expect(login.stdout).toBe(`✓ Logged in to ${api.url} as admin (profile 'default').\n`)
  expect(statSync(join(home, 'attune', 'config.yaml')).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(home, 'attune'))).toEqual(['config.yaml'])
  expect(whoami.code).toBe(0)
  expect(whoami.stdout).toMatch(/^Login +admin$/m)
})

test('a file readable by others is closed when tokens are written to it', async () => {
  await given(loginRoutes)
  const home = newHome()
  writeConfig(home, `profiles:\n  default:\n    api_url: ${api.url}\n`)
  chmodSync(join(home, 'attune', 'config.yaml'), 0o644)

  await cli(['auth', 'login', '--password-stdin'], { home, input: ' s3cret ' })

  expect(statSync(join(home, 'attune', 'config.yaml')).mode & 0o777).toBe(0o600)
})

test('login into a named profile creates it and leaves the others and the comments alone', async () => {
  await given(loginRoutes)
  const home = newHome()
  writeConfig(home, '# mine\nprofile: default\nextra: 1\nprofiles:\n  default:\n    auth_token: old\n')
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, ' s3cret \n')

  const login = await cli(
    ['login', '-p', 'staging', '--api-url', `${api.url}/`, '--password-file', passwordFile],
    { home },
  )

  expect(login.code).toBe(0)
  expect(savedConfig(home)).toEqual({
    profile: 'default',
    extra: 1,
    profiles: {
      default: { auth_token: 'old' },
      staging: {
        api_url: api.url,
        username: 'admin',
        auth_method: 'direct',
        auth_token: 'access-1',
        refresh_token: 'refresh-1',
      },
    },
  })
  expect(readFileSync(join(home, 'attune', 'config.yaml'), 'utf8')).toContain('# mine')
})

test('a wrong password exits 3 with the words of the server and keeps nothing', async () => {
  await given(loginRoutes)
  const home = newHome()

  const login = await cli(['login', '--api-url', api.url, '--password-stdin'], { home, input: 'wrong\n' })

  expect(login).toEqual({ code: 3, stdout: '', stderr: 'Error: Login or password is wrong.\n' })
  expect(readdirSync(home)).toEqual([])
})

test('a password is not taken from the command line, and not asked for without a terminal', async () => {
  await given(loginRoutes)

  const inArgv = await cli(['login', '--api-url', api.url, '--password', 's3cret'])
  const unasked = await cli(['login', '--api-url', api.url])

  expect(inArgv).toMatchObject({ code: 2, stdout: '' })
  expect(unasked).toMatchObject({ code: 2, stdout: '' })
  expect(unasked.stderr).toContain('--password-stdin')
  expect(api.received).toEqual([])
})

test('an expired token is renewed once, kept in the addressed profile, and the call is repeated', async () => {
  await given({
    'POST /auth/refresh': ({ body }) =>
      JSON.stringify(body) === JSON.stringify({ refresh_token: 'refresh-0' })
        ? { body: tokens(1) }
        : { status: 401, body: { error: 'no', code: 'UNAUTHORIZED' } },
    ...loginRoutes,
  })
  const home = newHome()
  const other = { api_url: 'http://other.example', auth_token: 'other', refresh_token: 'other' }
  const expired = { api_url: api.url, auth_token: 'access-0', refresh_token: 'refresh-0' }
  writeConfig(home, JSON.stringify({ profiles: { default: other, work: expired } }))

  const whoami = await cli(['whoami', '-p', 'work', '-q'], { home })

  expect(whoami).toEqual({ code: 0, stdout: 'admin\n', stderr: '' })
  expect(api.received.map(({ path }) => path)).toEqual(['/auth/me', '/auth/refresh', '/auth/me'])
  expect(savedConfig(home)).toEqual({
    profiles: { default: other, work: { ...expired, auth_token: 'access-1', refresh_token: 'refresh-1' } },
  })
})

test('a renewed token that is refused too ends the command; it is not renewed again', async () => {
  await given({
    'POST /auth/refresh': () => ({ body: tokens(2) }),
    ...loginRoutes,
  })
  const home = newHome()
  const profile = { api_url: api.url, auth_token: 'access-0', refresh_token: 'refresh-0' }
  writeConfig(home, JSON.stringify({ profiles: { default: profile } }))

  const whoami = await cli(['whoami'], { home })

  expect(whoami).toEqual({ code: 3, stdout: '', stderr: 'Error: Token is not valid.\n' })
  expect(api.received).toHaveLength(3)
})

test('a session that cannot be renewed asks for a login', async () => {
  await given({
    'POST /auth/refresh': () => ({ status: 401, body: { error: 'no', code: 'UNAUTHORIZED' } }),
    ...loginRoutes,
  })
  const home = newHome()
  const profile = { api_url: api.url, auth_token: 'access-0', refresh_token: 'refresh-0' }
  writeConfig(home, JSON.stringify({ profiles: { default: profile } }))

  const whoami = await cli(['whoami'], { home })

  expect(whoami.code).toBe(3)
  expect(whoami.stderr).toContain('attune login')
})

test('a stored token is not sent to another server than the one that issued it', async () => {
  await given(loginRoutes)
  const home = newHome()
  writeConfig(
    home,
    JSON.stringify({ profiles: { default: { api_url: 'http://real.example', auth_token: 'access-1' } } }),
  )

  const whoami = await cli(['whoami', '--api-url', api.url], { home })

  expect(whoami.code).toBe(3)
  expect(whoami.stderr).toContain('Not logged in')
  expect(api.received).toEqual([])
})

test('ATTUNE_API_TOKEN wins over the profile, and its renewal is not written down', async () => {
  await given({ 'POST /auth/refresh': () => ({ body: tokens(1) }), ...loginRoutes })
  const home = newHome()
  const profile = { api_url: api.url, auth_token: 'access-1', refresh_token: 'r' }
  writeConfig(home, JSON.stringify({ profiles: { default: profile } }))

  const env = { ATTUNE_API_TOKEN: 'access-0', ATTUNE_REFRESH_TOKEN: 'refresh-0' }
  const whoami = await cli(['whoami', '-q'], { home, env })

  expect(whoami).toMatchObject({ code: 0, stdout: 'admin\n' })
  expect(api.received.map(({ authorization }) => authorization)).toEqual([
    'Bearer access-0',
    undefined,
    'Bearer access-1',
  ])
  expect(savedConfig(home)).toEqual({ profiles: { default: profile } })
})

test('logout ends the session at the server, and forgets the tokens of the profile and nothing else', async () => {
  await given({ 'POST /auth/logout': () => ({ body: { data: { success: true, message: '' } } }) })
  const home = newHome()
  const profile = { api_url: api.url, auth_token: 'a', refresh_token: 'r' }
  writeConfig(home, JSON.stringify({ profiles: { default: profile, work: profile } }))

  const logout = await cli(['logout', '-p', 'work'], { home })

  expect(logout).toMatchObject({ code: 0, stdout: "✓ Logged out (profile 'work').\n", stderr: '' })
  expect(savedConfig(home)).toEqual({ profiles: { default: profile, work: { api_url: api.url } } })
  expect(api.received).toMatchObject([{ path: '/auth/logout', body: { refresh_token: 'r' } }])
})

test('logout forgets the session here, and says so, when the server does not answer', async () => {
  await given({})
  const home = newHome()
  const profile = { api_url: api.url, auth_token: 'a', refresh_token: 'r' }
  writeConfig(home, JSON.stringify({ profiles: { default: profile } }))

  const logout = await cli(['logout'], { home })

  expect(logout.code).toBe(0)
  expect(logout.stderr).toContain('The session goes on there until it expires')
  expect(savedConfig(home)).toEqual({ profiles: { default: { api_url: api.url } } })
})

const before = { auth_token: 'access-0', refresh_token: 'refresh-0' }
const renewedElsewhere = { auth_token: 'access-1', refresh_token: 'refresh-1' }

test('what another process has renewed is taken over: a refresh token is not used a second time', async () => {
  const home = newHome()
  await given({
    ...loginRoutes,
    // While this command works with what it has read, another one renews.
    'GET /auth/me': ({ authorization }) => {
      if (authorization === 'Bearer access-1') return { body: { data: user } }
      writeConfig(home, JSON.stringify({ profiles: { default: { api_url: api.url, ...renewedElsewhere } } }))
      return { status: 401, body: { error: 'expired', code: 'UNAUTHORIZED' } }
    },
  })
  writeConfig(home, JSON.stringify({ profiles: { default: { api_url: api.url, ...before } } }))

  const whoami = await cli(['whoami', '-q'], { home })

  expect(whoami).toEqual({ code: 0, stdout: 'admin\n', stderr: '' })
  expect(api.received.map(({ path }) => path)).toEqual(['/auth/me', '/auth/me'])
})

test('one that loses the race to renew takes what the other has got, and renews that when it has expired too', async () => {
  const home = newHome()
  await given({
    'POST /auth/refresh': ({ body }) => {
      if (JSON.stringify(body) === JSON.stringify({ refresh_token: 'refresh-2' })) return { body: tokens(1) }
      const kept = { auth_token: 'access-2', refresh_token: 'refresh-2' }
      writeConfig(home, JSON.stringify({ profiles: { default: { api_url: api.url, ...kept } } }))
      return { status: 401, body: { error: 'used', code: 'UNAUTHORIZED' } }
    },
    ...loginRoutes,
  })
  writeConfig(home, JSON.stringify({ profiles: { default: { api_url: api.url, ...before } } }))

  const whoami = await cli(['whoami', '-q'], { home })

  expect(whoami).toEqual({ code: 0, stdout: 'admin\n', stderr: '' })
  expect(savedConfig(home)).toMatchObject({ profiles: { default: renewedElsewhere } })
})

test('the session of another account that was logged in meanwhile is not taken over', async () => {
  const home = newHome()
  await given({
    'POST /auth/refresh': () => {
      const other = { api_url: api.url, username: 'grace', ...renewedElsewhere }
      writeConfig(home, JSON.stringify({ profiles: { default: other } }))
      return { status: 401, body: { error: 'ended', code: 'UNAUTHORIZED' } }
    },
    ...loginRoutes,
  })
  const ada = { api_url: api.url, username: 'ada', ...before }
  writeConfig(home, JSON.stringify({ profiles: { default: ada } }))

  const whoami = await cli(['whoami'], { home })

  expect(whoami.code).toBe(3)
  expect(api.received.map(({ authorization }) => authorization)).not.toContain('Bearer access-1')
})

test('a profile that does not exist is an error that names the ones that do', async () => {
  await given({})
  const home = newHome()
  writeConfig(home, JSON.stringify({ profiles: { work: {} } }))

  const whoami = await cli(['whoami', '-p', 'wrok'], { home })

  expect(whoami.code).toBe(2)
  expect(whoami.stderr).toMatch(/no profile 'wrok'.*work\./)
})

test('login as JSON prints the tokens and nothing else', async () => {
  await given(loginRoutes)

  const login = await cli(['login', '--api-url', api.url, '--password-stdin', '-j'], { input: ' s3cret ' })

  expect(JSON.parse(login.stdout)).toEqual({
    access_token: 'access-1',
    refresh_token: 'refresh-1',
    expires_in: 3600,
  })
})

test('at a terminal the password is asked for and not shown', async () => {
  await given(loginRoutes)
  const home = newHome()

  const login = await cli(['login', '--api-url', api.url], { home, typed: ' s3cretx\u007f \r' })

  expect(login).toMatchObject({ code: 0, stderr: `Password of admin at ${api.url}: \n` })
  expect(JSON.stringify(login)).not.toContain('s3cret')
})

test('Ctrl-C at the password exits 130', async () => {
  await given(loginRoutes)

  const login = await cli(['login', '--api-url', api.url], { typed: 's3\u0003' })

  expect(login).toMatchObject({ code: 130, stdout: '' })
  expect(api.received).toEqual([])
})
