import { createSecretKey, type KeyObject } from 'node:crypto'
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { anyJson } from '../../../database/row.ts'
import type { Claims } from '../../caller/caller.ts'
import type { JsonObject } from '../../../json.ts'
import { Problem } from '../../../problem.ts'

const LEEWAY_SECONDS = 60
const CACHED = 1000

/**
 * Whose key signs and verifies a type of token. Workers and sensor hosts hold the services' key: what it signs names a
 * row, and the row says what may be done. What people may do is signed by a key that only the API holds.
 */
const signers = {
  access: 'people',
  refresh: 'people',
  sensor: 'services',
  execution: 'services',
  worker: 'services',
} as const satisfies Record<string, 'people' | 'services'>

type TokenType = keyof typeof signers

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
  token_type: TokenType
  scope?: string
  metadata?: JsonObject
  ttl_seconds: number
}

export type Tokens = {
  mint(token: NewToken): Promise<string>
  /** The claims of a valid token; throws UNAUTHORIZED otherwise. */
  verify(token: string): Promise<Claims>
}

/** The secrets as the settings name them. A process without the API has no `access_token_secret`. */
export type TokenSecrets = { jwt_secret: string; access_token_secret: string | undefined }

type Keys = Readonly<Record<'people' | 'services', KeyObject | undefined>>

/** HS256 tokens. Verified ones are remembered until they expire: a check costs 0.2 ms. */
export function createTokens({ jwt_secret, access_token_secret }: TokenSecrets): Tokens {
  const keys: Keys = {
    services: keyOf(jwt_secret),
    people: access_token_secret === undefined ? undefined : keyOf(access_token_secret),
  }
  const verified = new LRUCache<string, Claims>({ max: CACHED })

  return {
    async mint({ ttl_seconds, sub, ...claims }) {
      const key = keys[signers[claims.token_type]]
      if (key === undefined) throw new Error(`This process signs no ${claims.token_type} tokens.`)
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
      const claims = await check(token, keys)
      verified.set(token, claims)
      return claims
    },
  }
}

function keyOf(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'))
}

async function check(token: string, keys: Keys): Promise<Claims> {
  try {
    const key = keys[signerOf(token)]
    if (key === undefined) throw invalid()
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], clockTolerance: LEEWAY_SECONDS })
    const claims: unknown = { token_type: 'access', ...payload }
    if (!ClaimsShape.Check(claims)) throw new Problem('UNAUTHORIZED', 'The token lacks claims; log in again.')
    return claims
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new Problem('UNAUTHORIZED', 'The token has expired; refresh it or log in again.')
    if (error instanceof errors.JOSEError) throw invalid()
    throw error
  }
}

/** By the type that the token claims; nothing is believed yet, and no header (`kid`, `jwk` …) chooses a key. */
function signerOf(token: string): 'people' | 'services' {
  const { token_type = 'access' } = decodeJwt(token)
  if (!isTokenType(token_type)) throw invalid()
  return signers[token_type]
}

function isTokenType(type: unknown): type is TokenType {
  return typeof type === 'string' && Object.hasOwn(signers, type)
}

function invalid(): Problem {
  return new Problem('UNAUTHORIZED', 'The token is not valid; log in again.')
}
