import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Api, type Routes, startApi } from './api-server.ts'
import { cli, newHome } from './cli.ts'

let api: Api

afterEach(() => api.close())

async function given(routes: Routes): Promise<void> {
  api = await startApi(routes)
}

const session = (login?: string) => ({
  body: {
    data: {
      access_token: 'access-1',
      refresh_token: 'refresh-1',
      token_type: 'Bearer',
      expires_in: 3600,
      ...(login === undefined ? {} : { user: { id: 7, login, display_name: null } }),
    },
  },
})

function savedProfile(home: string): unknown {
  return parse(readFileSync(join(home, 'attune', 'config.yaml'), 'utf8')).profiles.default
}

describe('with an integration token', () => {
  const routes: Routes = {
    'POST /auth/token-login': ({ body }) =>
      JSON.stringify(body) === '{"token":"attune_it_x"}'
        ? session('robot')
        : { status: 401, body: { error: 'It opens nothing.', code: 'UNAUTHORIZED' } },
  }

  test('the session is that of its account; the token itself is not kept', async () => {
    await given(routes)
    const home = newHome()

    const piped = await cli(['login', '--token-stdin', '--api-url', api.url], {
      home,
      input: 'attune_it_x\n',
    })

    expect(piped).toMatchObject({ code: 0, stderr: '' })
    expect(piped.stdout).toContain('as robot')
    expect(savedProfile(home)).toEqual({
      api_url: api.url,
      username: 'robot',
      auth_method: 'token',
      auth_token: 'access-1',
      refresh_token: 'refresh-1',
    })
  })

  test('it is asked for at a terminal and not shown, and never read from the command line', async () => {
    await given(routes)

    const typed = await cli(['login', '--token', '--api-url', api.url], { typed: 'attune_it_x\r' })
    const written = await cli(['login', '--token', 'attune_it_x', '--api-url', api.url])

    expect(typed.code).toBe(0)
    expect(JSON.stringify(typed)).not.toContain('attune_it_x')
    expect(written.code).toBe(2)
  })
})

test('with the password of the directory', async () => {
  await given({ 'POST /auth/ldap/login': () => session('ada') })
  const home = newHome()

  const login = await cli(['login', '--ldap', '-u', 'ADA', '--password-stdin', '--api-url', api.url], {
    home,
    input: 'engine\n',
  })

  expect(login.code).toBe(0)
  expect(api.received[0]?.body).toEqual({ login: 'ADA', password: 'engine' })
  expect(savedProfile(home)).toMatchObject({ username: 'ada', auth_method: 'ldap' })
})

test.each([[['--sso', '--token']], [['--ldap', '--token-stdin']], [['--sso', '--password-stdin']]])(
  '%j contradict each other',
  async (options) => {
    await given({})
    const { code } = await cli(['login', ...options, '--api-url', api.url])
    expect(code).toBe(2)
    expect(api.received).toEqual([])
  },
)

describe('in the browser', () => {
  const settings: Routes = { 'GET /auth/settings': () => ({ body: { data: { oidc_enabled: true } } }) }

  /** A browser that does with the address what `steps` say; `post(url, form)` is at hand. */
  function browser(home: string, steps: string): string {
    const file = join(home, 'browser.mjs')
    writeFileSync(
      file,
      `#!${process.execPath}
const callback = new URL(process.argv[2]).searchParams.get('cli_redirect_uri')
const form = (access) => new URLSearchParams({ access_token: access, refresh_token: 'refresh-1', expires_in: '60', login: 'ada' })
const post = (url, access, headers = {}) => fetch(url, { method: 'POST', body: form(access), headers }).then((answer) => answer.status)
${steps}
`,
    )
    chmodSync(file, 0o700)
    return file
  }

  test('the session that it brings is kept', async () => {
    await given(settings)
    const home = newHome()
    const env = { BROWSER: browser(home, "await post(callback, 'access-1')") }

    const login = await cli(['login', '--sso', '--api-url', api.url], { home, env })

    expect(login.code).toBe(0)
    expect(login.stdout).toContain('as ada')
    expect(login.stderr).toContain(`${api.url}/auth/oidc/login?cli_redirect_uri=http%3A%2F%2F127.0.0.1%3A`)
    expect(savedProfile(home)).toEqual({
      api_url: api.url,
      username: 'ada',
      auth_method: 'sso',
      auth_token: 'access-1',
      refresh_token: 'refresh-1',
    })
  })

  test('another page cannot push a session in', async () => {
    await given(settings)
    const home = newHome()
    const steps = `
const blind = new URL(callback); blind.search = ''
const guessed = new URL(callback); guessed.searchParams.set('nonce', 'x'.repeat(43))
const elsewhere = new URL(callback); elsewhere.pathname = '/other'
const refused = [await post(blind, 'evil'), await post(guessed, 'evil'), await post(elsewhere, 'evil'), (await fetch(callback)).status]
await post(callback, refused.every((status) => status === 403) ? 'access-1' : 'let in: ' + refused)`

    const login = await cli(['login', '--sso', '--api-url', api.url], {
      home,
      env: { BROWSER: browser(home, steps) },
    })

    expect(login.code).toBe(0)
    expect(savedProfile(home)).toMatchObject({ auth_token: 'access-1' })
  })

  test('Ctrl-C ends the wait', async () => {
    await given(settings)

    const login = await cli(['login', '--sso', '--no-browser', '--api-url', api.url], {
      interruptAfter: new Promise((resolve) => setTimeout(resolve, 300)),
    })

    expect(login.code).toBe(130)
  })

  test('a server without an identity provider is not waited for', async () => {
    await given({ 'GET /auth/settings': () => ({ body: { data: { oidc_enabled: false } } }) })

    const login = await cli(['login', '--sso', '--api-url', api.url])

    expect(login).toMatchObject({ code: 6, stdout: '' })
  })
})

describe('the password', () => {
  const env = () => ({
    ATTUNE_API_URL: api.url,
    ATTUNE_API_TOKEN: 'access-0',
    ATTUNE_REFRESH_TOKEN: 'refresh-0',
  })
  const routes: Routes = {
    'GET /auth/me': () => ({ body: { data: { id: 7 } } }),
    'POST /auth/change-password': ({ body }) =>
      JSON.stringify(body) === '{"current_password":"old one","new_password":"new one"}'
        ? { body: { data: { success: true, message: 'Changed.' } } }
        : { status: 401, body: { error: 'The current password is wrong.', code: 'UNAUTHORIZED' } },
  }

  test('is changed with two lines, or with what is typed', async () => {
    await given(routes)

    const piped = await cli(['password', '--stdin'], { env: env(), input: 'old one\nnew one\n' })
    const typed = await cli(['auth', 'password'], { env: env(), typed: 'old one\rnew one\rnew one\r' })

    expect(piped).toMatchObject({ code: 0, stderr: '' })
    expect(typed.code).toBe(0)
    expect(JSON.stringify(typed)).not.toContain('one')
  })

  test('that is wrong is said once: nothing is renewed and tried again', async () => {
    await given(routes)

    const { code, stderr } = await cli(['password', '--stdin'], { env: env(), input: 'wrong\nnew one\n' })

    expect({ code, stderr }).toEqual({ code: 3, stderr: 'Error: The current password is wrong.\n' })
    expect(api.received.map(({ path }) => path)).toEqual(['/auth/me', '/auth/change-password'])
  })

  test('that is mistyped changes nothing', async () => {
    await given(routes)

    const { code } = await cli(['password'], { env: env(), typed: 'old one\rnew one\rnew 0ne\r' })

    expect(code).toBe(2)
    expect(api.received.map(({ path }) => path)).toEqual(['/auth/me'])
  })
})

describe('tokens', () => {
  const token = {
    id: 3,
    identity_id: 7,
    label: 'ci',
    description: null,
    token_prefix: 'attune_it_abcdefgh',
    token_suffix: 'uvwxyz',
    expires_at: null,
    last_used_at: '2031-05-06T07:08:09.000000Z',
    last_used_ip: '192.0.2.1',
    revoked_at: null,
    revocation_reason: null,
    active: true,
    created: '2031-05-06T07:08:09.000000Z',
  }
  const under = '/api/v1/identities/7/integration-tokens'
  const pagination = {
    page: 1,
    page_size: 50,
    total_items: 1,
    total_pages: 1,
    has_previous: false,
    has_next: false,
  }
  const routes: Routes = {
    'GET /auth/me': () => ({ body: { data: { id: 7 } } }),
    [`GET ${under}`]: () => ({ body: { data: [token], pagination } }),
    [`POST ${under}`]: () => ({
      status: 201,
      body: { data: { token: 'attune_it_secret', integration_token: token } },
    }),
    [`POST ${under}/3/revoke`]: () => ({ body: { data: { ...token, active: false } } }),
    [`DELETE ${under}/3`]: () => ({ body: { data: { success: true, message: 'Deleted.' } } }),
  }
  const env = () => ({ ATTUNE_API_URL: api.url, ATTUNE_API_TOKEN: 'access-0' })

  test('are made for your own account, and shown once', async () => {
    await given(routes)

    const shown = await cli(['token', 'create', '--label', 'ci', '--expires-at', '2031-01-31'], {
      env: env(),
    })
    const quiet = await cli(['token', 'create', '--label', 'ci', '-q'], { env: env() })

    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(/^Token +attune_it_secret$/m)
    expect(shown.stderr).toContain('shown this once')
    expect(quiet.stdout).toBe('attune_it_secret\n')
    expect(api.received[1]?.body).toEqual({ label: 'ci', expires_at: '2031-01-31T00:00:00.000Z' })
  })

  test('are listed, revoked and deleted', async () => {
    await given(routes)

    const list = await cli(['token', 'list'], { env: env() })
    const revoke = await cli(['token', 'revoke', '3', '--reason', 'leaked'], { env: env() })
    const unasked = await cli(['token', 'delete', '3'], { env: env() })
    const remove = await cli(['token', 'delete', '3', '--yes', '--identity-id', '7'], { env: env() })

    expect(list.stdout).toContain('attune_it_abcdefgh…uvwxyz')
    expect(revoke.stdout).toContain("'ci' opens nothing any more")
    expect(unasked.code).toBe(2)
    expect(remove).toMatchObject({ code: 0, stdout: '✓ Token 3 is deleted.\n' })
  })
})
