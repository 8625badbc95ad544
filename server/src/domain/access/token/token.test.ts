import { createHmac, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createTokens, type NewToken } from './token.ts'

const jwt_secret = 'what the services share, thirty-two bytes'
const access_token_secret = 'what the API alone holds, as many bytes'
const api = createTokens({ jwt_secret, access_token_secret })
const worker = createTokens({ jwt_secret, access_token_secret: undefined })

const peoples = ['access', 'refresh'] as const
const services = ['sensor', 'execution', 'worker'] as const

const tokenOf = (token_type: NewToken['token_type']): NewToken => ({
  sub: '1',
  login: 'ada',
  token_type,
  ttl_seconds: 60,
})

/** A token as somebody makes it who has a secret. */
function forged(
  claims: object,
  secret: string,
  header: Record<string, unknown> = {},
  digest = 'sha256',
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 60
  const content = `${part({ alg: 'HS256', ...header })}.${part({ sub: '1', login: 'ada', exp, ...claims })}`
  return `${content}.${createHmac(digest, secret).update(content).digest('base64url')}`
}

const invalid = expect.objectContaining({ code: 'UNAUTHORIZED' })

test.each([...peoples, ...services])('the API verifies its own %s tokens', async (token_type) => {
  expect(await api.verify(await api.mint(tokenOf(token_type)))).toMatchObject({ token_type, sub: '1' })
})

test.each(peoples)(
  'who has only what the services share neither makes nor takes a %s token',
  async (type) => {
    await expect(worker.mint(tokenOf(type))).rejects.toThrow(`signs no ${type} tokens`)
    await expect(worker.verify(await api.mint(tokenOf(type)))).rejects.toEqual(invalid)
  },
)

test.each(peoples)('a %s token signed with the secret of the services is refused', async (token_type) => {
  await expect(api.verify(forged({ token_type }, jwt_secret))).rejects.toEqual(invalid)
  expect(await api.verify(forged({ token_type }, access_token_secret))).toMatchObject({ token_type })
})

test.each(services)('a %s token signed with the secret of the people is refused', async (token_type) => {
  await expect(api.verify(forged({ token_type }, access_token_secret))).rejects.toEqual(invalid)
  expect(await api.verify(forged({ token_type }, jwt_secret))).toMatchObject({ token_type })
})

test.each([
  ['none at all', {}],
  ['one that nobody knows', { token_type: 'root' }],
  ['one of the prototype', { token_type: 'constructor' }],
  ['a list', { token_type: ['sensor'] }],
  ['null', { token_type: null }],
])('a token whose type is %s is not signed by the services', async (_, claims) => {
  await expect(api.verify(forged(claims, jwt_secret))).rejects.toEqual(invalid)
})

test.each([
  ['no signature', { alg: 'none' }, 'sha256'],
  ['a longer digest', { alg: 'HS512' }, 'sha512'],
  ['an algorithm of key pairs', { alg: 'RS256' }, 'sha256'],
  ['a key by its name', { kid: 'jwt_secret' }, 'sha256'],
  ['a key by a path', { kid: '../jwt-secret' }, 'sha256'],
  ['a key of its own', { jwk: { kty: 'oct', k: Buffer.from(jwt_secret).toString('base64url') } }, 'sha256'],
  ['a key elsewhere', { jku: 'https://evil.example/keys' }, 'sha256'],
  ['an extension that is to be understood', { crit: ['exp'], exp: 1 }, 'sha256'],
])('an access token does not get in by %s', async (_, header, digest) => {
  await expect(api.verify(forged({ token_type: 'access' }, jwt_secret, header, digest))).rejects.toEqual(
    invalid,
  )
})

test('no header changes which key verifies', async () => {
  const named = forged({ token_type: 'sensor' }, jwt_secret, { kid: 'access_token_secret' })
  expect(await api.verify(named)).toMatchObject({ token_type: 'sensor' })
})

test('a signature of a key pair is none, whatever it is a signature of', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const token = await new SignJWT({ token_type: 'access', login: 'ada' })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject('1')
    .setExpirationTime('1m')
    .sign(privateKey)
  await expect(api.verify(token)).rejects.toEqual(invalid)
})

test('a token without its signature, or with the type changed after it was signed, is refused', async () => {
  const [header, , signature] = (await api.mint(tokenOf('sensor'))).split('.')
  const [, content] = forged({ token_type: 'access' }, jwt_secret).split('.')

  await expect(api.verify(`${header}.${content}.${signature}`)).rejects.toEqual(invalid)
  await expect(api.verify(`${header}.${content}.`)).rejects.toEqual(invalid)
  await expect(api.verify('no token')).rejects.toEqual(invalid)
})
