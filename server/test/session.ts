import type { Queryable } from '../src/database/database.ts'
import { pairOf, type SessionSettings } from '../src/domain/session/open.ts'
import type { Tokens } from '../src/domain/token/token.ts'
import * as given from './given.ts'

/** Short sessions over plain HTTP. */
export function sessionSettings(tokens: Tokens): SessionSettings {
  return {
    tokens,
    access_ttl_seconds: 60,
    refresh_ttl_seconds: 600,
    secure_cookies: false,
    cors_origins: ['https://ui.example.org'],
  }
}

/** The tokens of a new session of an account that is there. */
export async function tokensOf(
  { database, tokens }: { database: Queryable; tokens: Tokens },
  { id, login }: { id: number; login: string },
  ttl_seconds = 60,
): Promise<{ access: string; refresh: string }> {
  const session = await given.session(database, { identity: id })
  const settings = { ...sessionSettings(tokens), access_ttl_seconds: ttl_seconds }
  const { access_token: access, refresh_token: refresh } = await pairOf(settings, session, login)
  return { access, refresh }
}

/** An access token of a new session of an account that is there. */
export async function accessToken(...args: Parameters<typeof tokensOf>): Promise<string> {
  return (await tokensOf(...args)).access
}
