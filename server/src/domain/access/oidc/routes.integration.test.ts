import { createServer, type Server } from 'node:http'
import { type Configuration, Provider } from 'oidc-provider'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Api, startApi } from '../../../../test/api.ts'
import { sessionSettings } from '../../../../test/session.ts'
import { sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { createOidcProvider } from './provider.ts'
import { oidcRoutes } from './routes.ts'

/* Logging in at a real provider, over HTTP on this machine. */

const redirect_uri = 'http://localhost:8080/auth/callback'
const client = { client_id: 'attune', client_secret: 'known to both' }

/** What the provider says of whoever logs in; a test changes it. */
let person: JsonObject & { sub: string } = { sub: 'ada' }
let idp: { issuer: string; server: Server }
let api: Api

beforeAll(async () => {
  idp = await startProvider()
  api = await startApi(({ tokens }) =>
    oidcRoutes({
      session: sessionSettings(tokens),
      provider: createOidcProvider({
        ...client,
        enabled: true,
        discovery_url: idp.issuer,
        redirect_uri,
        provider_name: 'oidc',
        scopes: ['groups'],
      }),
    }),
  )
})

afterAll(async () => {
  await api.close()
  await new Promise((resolve) => idp.server.close(resolve))
})

afterEach(() => {
  person = { sub: 'ada' }
})

async function startProvider(): Promise<typeof idp> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const issuer = `http://127.0.0.1:${address.port}`
  const configuration: Configuration = {
    clients: [{ ...client, redirect_uris: [redirect_uri], post_logout_redirect_uris: [] }],
    claims: {
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username'],
      groups: ['groups'],
    },
    scopes: ['openid', 'email', 'profile', 'groups'],
    pkce: { required: () => true },
    cookies: { keys: ['k'] },
    findAccount: async (_, accountId) => ({ accountId, claims: async () => person }),
    interactions: { url: (_, { uid }) => `/log-in/${uid}` },
    features: { devInteractions: { enabled: false } },
  }
  const provider = new Provider(issuer, configuration)
  const answer = provider.callback()
  // Where a person would type a password: here whoever comes is `person`, and agrees to everything.
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/log-in/') !== true) return void answer(request, response)
    void agree(provider, request, response)
  })
  return { issuer, server }
}

async function agree(
  provider: Provider,
  ...[request, response]: Parameters<Provider['interactionDetails']>
): Promise<void> {
  const { params, session } = await provider.interactionDetails(request, response)
  const accountId = session?.accountId ?? person.sub
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) })
  grant.addOIDCScope('openid email profile groups')
  const consent = { grantId: await grant.save() }
  await provider.interactionFinished(request, response, { login: { accountId }, consent })
}

/** Cookies as a browser keeps them for one site. */
function jar() {
  const kept = new Map<string, string>()
  return {
    kept,
    header: () => [...kept].map(([name, value]) => `${name}=${value}`).join('; '),
    keep(lines: readonly string[]) {
      for (const line of lines) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') kept.delete(name)
        else kept.set(name, value)
      }
    },
  }
}

type Browser = { ours: ReturnType<typeof jar>; theirs: ReturnType<typeof jar> }
const browser = (): Browser => ({ ours: jar(), theirs: jar() })

/** A visit to our API. */
async function visit({ ours }: Browser, url: string) {
  const response = await api.server.inject({ url, headers: { cookie: ours.header() } })
  ours.keep([response.headers['set-cookie'] ?? []].flat())
  return response
}

/** Through the pages of the provider, up to the one that leads back to us. */
async function logInThere({ theirs }: Browser, from: string): Promise<string> {
  let url = from
  for (let step = 0; step < 10 && !url.startsWith(redirect_uri); step += 1) {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: theirs.header() } })
    theirs.keep(response.headers.getSetCookie())
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${url}: ${response.status} ${await response.text()}`)
    url = new URL(location, url).href
  }
  return url
}

async function logIn(query = '', at = browser()) {
  const out = await visit(at, `/auth/oidc/login${query}`)
  const back = await logInThere(at, String(out.headers.location))
  return { at, back, out, landed: await visit(at, back.replace('http://localhost:8080', '')) }
}

function accountOf(sub: string) {
  return api.db.maybe<{ id: number; login: string; attributes: JsonObject }>(sql`
    select id, login, attributes from identity where attributes -> 'oidc' ->> 'sub' = ${sub}`)
}

describe('logging in', () => {
  test('leads to the provider with state, nonce and a PKCE challenge', async () => {
    const out = await visit(browser(), '/auth/oidc/login')

    expect(out.statusCode).toBe(307)
    const asked = new URL(String(out.headers.location)).searchParams
    expect(asked.get('code_challenge_method')).toBe('S256')
    expect(asked.get('scope')).toBe('openid email profile groups')
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/)
    expect(out.headers['set-cookie']).toMatch(
      /^attune_oidc_flow=[^;]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
    )
  })

  test('makes an account with roles of the groups, and a session in cookies only', async () => {
    person = {
      sub: 'ada',
      email: 'ada@example.org',
      email_verified: true,
      name: 'Ada Lovelace',
      groups: ['ops', 'dev'],
    }

    const { landed, at } = await logIn('?redirect_to=/rules%3Fpage=2')

    expect(landed.statusCode).toBe(307)
    expect(landed.headers.location).toBe('/login/callback#redirect_to=%2Frules%3Fpage%3D2')
    expect([...at.ours.kept.keys()].sort()).toEqual([
      'attune_access_token',
      'attune_oidc_id_token',
      'attune_refresh_token',
    ])
    const account = await accountOf('ada')
    expect(account).toMatchObject({
      login: 'ada@example.org',
      attributes: {
        oidc: { issuer: idp.issuer, sub: 'ada', email: 'ada@example.org', groups: ['ops', 'dev'] },
      },
    })
    const claims = await api.tokens.verify(at.ours.kept.get('attune_access_token') ?? '')
    expect(claims).toMatchObject({ sub: String(account?.id), token_type: 'access' })
    const roles = await api.db.many(sql`
      select role, source, managed from identity_role_assignment where identity = ${account?.id} order by role`)
    expect(roles).toEqual([
      { role: 'dev', source: 'oidc', managed: true },
      { role: 'ops', source: 'oidc', managed: true },
    ])
  })

  test('again is the same account', async () => {
    person = { sub: 'again', preferred_username: 'again' }
    await logIn()
    const first = await accountOf('again')
    person = { sub: 'again', preferred_username: 'renamed' }
    await logIn()

    expect(await accountOf('again')).toMatchObject({ id: first?.id, login: 'again' })
  })

  test('an address that nobody verified names no account', async () => {
    person = { sub: 'mallory', email: 'boss@example.org', email_verified: false }
    await logIn()

    expect((await accountOf('mallory'))?.login).toMatch(/^oidc:/)
  })

  test('a frozen account does not get in', async () => {
    person = { sub: 'cold' }
    await logIn()
    await api.db.run(sql`update identity set frozen = true where attributes -> 'oidc' ->> 'sub' = 'cold'`)

    const { landed, at } = await logIn()

    expect(landed.statusCode).toBe(403)
    expect([...at.ours.kept.keys()]).not.toContain('attune_access_token')
  })

  test.each(['//evil.example', 'https://evil.example', '/%5Cevil.example'])(
    'it does not lead on to %s',
    async (redirect_to) => {
      const { statusCode } = await visit(browser(), `/auth/oidc/login?redirect_to=${redirect_to}`)
      expect(statusCode).toBe(400)
    },
  )
})

describe('what comes back is believed only', () => {
  const path = (back: string) => back.replace('http://localhost:8080', '')

  test('in the browser that began', async () => {
    const at = browser()
    const out = await visit(at, '/auth/oidc/login')
    const back = await logInThere(at, String(out.headers.location))

    const victim = await visit(browser(), path(back))
    const other = browser()
    await visit(other, '/auth/oidc/login')
    const swapped = await visit(other, path(back))

    expect(victim.statusCode).toBe(400)
    expect(swapped.statusCode).toBe(401)
    expect(victim.headers).not.toHaveProperty('set-cookie')
  })

  test('with the state that was sent', async () => {
    const at = browser()
    const back = await logInThere(at, String((await visit(at, '/auth/oidc/login')).headers.location))
    const url = new URL(back)
    url.searchParams.set('state', 'another')

    expect((await visit(at, path(url.href))).statusCode).toBe(401)
  })

  test('with a code of this provider, once', async () => {
    const { at, back } = await logIn()
    const flow = await visit(at, '/auth/oidc/login')
    const state = new URL(String(flow.headers.location)).searchParams.get('state') ?? ''
    const used = new URL(back)
    used.searchParams.set('state', state)
    const invented = new URL(used)
    invented.searchParams.set('code', 'invented')

    expect((await visit(at, path(used.href))).statusCode).toBe(401)
    expect((await visit(at, path(invented.href))).statusCode).toBe(401)
  })

  test('with the nonce and the verifier of the flow', async () => {
    for (const field of ['nonce', 'verifier']) {
      const at = browser()
      const back = await logInThere(at, String((await visit(at, '/auth/oidc/login')).headers.location))
      const flow = JSON.parse(Buffer.from(at.ours.kept.get('attune_oidc_flow') ?? '', 'base64url').toString())
      flow[field] = 'A'.repeat(43)
      at.ours.kept.set('attune_oidc_flow', Buffer.from(JSON.stringify(flow)).toString('base64url'))

      expect((await visit(at, path(back))).statusCode).toBe(401)
    }
  })

  test('from the issuer that was asked', async () => {
    const at = browser()
    const back = await logInThere(at, String((await visit(at, '/auth/oidc/login')).headers.location))
    const url = new URL(back)
    url.searchParams.set('iss', 'https://evil.example')

    expect((await visit(at, path(url.href))).statusCode).toBe(401)
  })

  test('a refusal is told with its plain word, and with nothing that came along', async () => {
    const at = browser()
    const out = await visit(at, '/auth/oidc/login')
    const state = new URL(String(out.headers.location)).searchParams.get('state') ?? ''
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: '<script>',
      state,
      iss: idp.issuer,
    })

    const answer = await visit(at, `/auth/callback?${query.toString()}`)

    expect(answer.statusCode).toBe(401)
    expect(answer.json().error).toBe('The identity provider refused the login (access_denied).')
  })
})

describe('for the command line', () => {
  const cli = 'http://127.0.0.1:4242/callback?nonce=secret'

  test('a page hands the session over to this machine when its button is pressed', async () => {
    person = { sub: 'cli', preferred_username: '<i>"cli"' }

    const { landed, at } = await logIn(`?cli_redirect_uri=${encodeURIComponent(cli)}`)

    expect(landed.statusCode).toBe(200)
    expect(landed.headers['content-type']).toContain('text/html')
    expect(landed.headers['content-security-policy']).toContain('form-action http://127.0.0.1:4242;')
    expect(landed.body).toContain(`<form method="post" action="${cli}">`)
    expect(landed.body).not.toContain('<script')
    expect(landed.body).toContain('&lt;i&gt;&quot;cli&quot;')
    expect(landed.body).not.toContain('<i>')
    const token = /name="access_token" value="([^"]+)"/.exec(landed.body)?.[1] ?? ''
    expect(await api.tokens.verify(token)).toMatchObject({ token_type: 'access' })
    expect([...at.ours.kept.keys()]).toEqual([])
  })

  test.each(['http://evil.example/callback', 'https://127.0.0.1/', 'http://127.0.0.1@evil.example/'])(
    'never to %s',
    async (url) => {
      const { statusCode } = await visit(
        browser(),
        `/auth/oidc/login?cli_redirect_uri=${encodeURIComponent(url)}`,
      )
      expect(statusCode).toBe(400)
    },
  )
})

describe('a provider', () => {
  test('that is not configured is not there', async () => {
    const none = await startApi(({ tokens }) =>
      oidcRoutes({ session: sessionSettings(tokens), provider: undefined }),
    )
    const statuses = [
      (await none.call('GET /auth/oidc/login')).status,
      (await none.call('GET /auth/callback')).status,
    ]
    await none.close()

    expect(statuses).toEqual([501, 501])
  })

  test('that is away is asked again at the next login', async () => {
    const provider = createOidcProvider({
      ...client,
      enabled: true,
      discovery_url: 'http://127.0.0.1:9',
      redirect_uri,
      provider_name: 'oidc',
      scopes: [],
    })

    await expect(provider.begin()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect(provider.begin()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  })

  test('ends its session at a page of its own', async () => {
    const provider = createOidcProvider({
      ...client,
      enabled: true,
      discovery_url: `${idp.issuer}/.well-known/openid-configuration`,
      redirect_uri,
      post_logout_redirect_uri: 'http://localhost:8080/login',
      provider_name: 'oidc',
      scopes: [],
    })

    const url = new URL((await provider.endSession('a.b.c')) ?? '')

    expect(url.href.startsWith(`${idp.issuer}/session/end`)).toBe(true)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      id_token_hint: 'a.b.c',
      post_logout_redirect_uri: 'http://localhost:8080/login',
    })
  })
})
