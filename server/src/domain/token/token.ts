import { createSecretKey } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { anyJson } from '../../database/row.ts'
import type { Claims } from '../../http/caller.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'

const LEEWAY_SECONDS = 60
const CACHED = 1000

const ClaimsShape = Compile(
  Type.Object({
    sub: Type.String(),
    login: Type.String(),
    token_type: Type.String(),
    scope: Type.Optional(Type.String()),
    metadata: Type.Optional(Type.Record(Type.String(), anyJson)),
    iat: Type.Optional(Type.Integer()),
    exp: Type.Integer(),
  }),
)

export type NewToken = {
  sub: string
  login: string
  token_type: 'access' | 'refresh' | 'sensor' | 'execution' | 'worker'
  scope?: string
  metadata?: JsonObject
  ttl_seconds: number
}

export type Tokens = {
  mint(token: NewToken): Promise<string>
  /** The claims of a valid token; throws UNAUTHORIZED otherwise. */
  verify(token: string): Promise<Claims>
}

/** HS256 tokens under the shared secret. Verified ones are remembered until they expire: a check costs 0.2 ms. */
export function createTokens(secret: string): Tokens {
  const key = createSecretKey(Buffer.from(secret, 'utf8'))
  const verified = new Map<string, Claims>()

  return {
    mint({ ttl_seconds, sub, ...claims }) {
      const now = Math.floor(Date.now() / 1000)
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(sub)
        .setIssuedAt(now)
        .setExpirationTime(now + ttl_seconds)
        .sign(key)
    },
    async verify(token) {
      const known = verified.get(token)
      if (known !== undefined && known.exp + LEEWAY_SECONDS > Date.now() / 1000) return known
      const claims = await check(token, key)
      if (verified.size >= CACHED) verified.clear()
      verified.set(token, claims)
      return claims
    },
  }
}

async function check(token: string, key: ReturnType<typeof createSecretKey>): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], clockTolerance: LEEWAY_SECONDS })
    const claims: unknown = { token_type: 'access', ...payload }
    if (!ClaimsShape.Check(claims)) throw new Problem('UNAUTHORIZED', 'The token lacks claims; log in again.')
    return claims
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new Problem('UNAUTHORIZED', 'The token has expired; refresh it or log in again.')
    if (error instanceof errors.JOSEError)
      throw new Problem('UNAUTHORIZED', 'The token is not valid; log in again.')
    throw error
  }
}
