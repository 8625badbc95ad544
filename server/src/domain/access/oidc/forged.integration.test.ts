import { createServer, type Server } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Flow } from './flow.ts'
import { createOidcProvider, type OidcProvider } from './provider.ts'

/* A provider, or somebody between it and us, that answers with ID tokens of its own making. */

const flow: Flow = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) }
let issuer: string
let server: Server
let provider: OidcProvider
let own: { publicKey: CryptoKey; privateKey: CryptoKey }
let other: typeof own
/** What the token endpoint answers next. */
let id_token: string

beforeAll(async () => {
  own = await generateKeyPair('RS256')
  other = await generateKeyPair('RS256')
  server = createServer((request, response) => {
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/jwks': { keys: [jwk] },
      '/token': { access_token: 'x', token_type: 'Bearer', id_token },
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}))
  })
  const jwk = { ...(await exportJWK(own.publicKey)), alg: 'RS256', use: 'sig', kid: 'own' }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  issuer = `http://127.0.0.1:${address.port}`
  provider = createOidcProvider({
    enabled: true,
    discovery_url: issuer,
    client_id: 'attune',
    redirect_uri: 'http://localhost:8080/auth/callback',
    provider_name: 'oidc',
    scopes: [],
  })
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

async function signed(claims: object = {}, key: CryptoKey = own.privateKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    iss: issuer,
    aud: 'attune',
    sub: 'ada',
    nonce: flow.nonce,
    iat: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'own' })
    .sign(key)
}

const finish = () => provider.finish(flow, new URLSearchParams({ code: 'c', state: flow.state }))

test('a token of the provider is believed', async () => {
  id_token = await signed()

  expect(await finish()).toMatchObject({ claims: { iss: issuer, sub: 'ada' }, id_token })
})

const forgeries: [string, () => Promise<string>][] = [
  ['that another key signed', () => signed({}, other.privateKey)],
  ['that nobody signed', async () => `${unsigned(await signed())}.`],
  ['whose claims were changed', async () => changed(await signed())],
  ['for somebody else', () => signed({ aud: 'another client' })],
  ['of another issuer', () => signed({ iss: 'https://evil.example' })],
  ['of another login', () => signed({ nonce: 'another' })],
  ['that has expired', () => signed({ iat: 1, exp: 2 })],
]

test.each(forgeries)('a token %s is not', async (_, make) => {
  id_token = await make()

  await expect(finish()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
})

function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
  return `${header}.${token.split('.')[1]}`
}

function changed(token: string): string {
  const [header, body = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  return [
    header,
    Buffer.from(JSON.stringify({ ...claims, sub: 'boss' })).toString('base64url'),
    signature,
  ].join('.')
}
