import type { Queryable } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import type { LoginOptions } from '../src/domain/access/account/routes.ts'
import { pairOf, type SessionSettings } from '../src/domain/access/session/open.ts'
import type { Tokens } from '../src/domain/access/token/token.ts'
import { raiseSessionReused } from '../src/domain/watch/alert/session-reused.ts'
import type { Id } from '../src/id.ts'
import * as given from './given.ts'

/** Short sessions over plain HTTP. */
export function sessionSettings(tokens: Tokens): SessionSettings {
  return {
    tokens,
    access_ttl_seconds: 60,
    refresh_ttl_seconds: 600,
    secure_cookies: false,
    cors_origins: ['https://ui.example.org'],
    reused: raiseSessionReused,
  }
}

/** Local logins alone, and nobody registers by themselves. */
export const closedLogin: LoginOptions = {
  allow_self_registration: false,
  login_page: { show_local_login: true, show_oidc_login: true, show_ldap_login: true },
  oidc: { enabled: false, provider_name: 'oidc' },
  ldap: { enabled: false, provider_name: 'ldap' },
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

/** A token that a host made for the sensor of that ref, which serves these triggers from now on. */
export async function sensorToken(
  { database, tokens }: { database: Queryable; tokens: Tokens },
  ref: string,
  trigger_types: readonly string[],
): Promise<string> {
  const sensor = await sensorServing(database, ref, trigger_types)
  const { id: sensor_token_id } = await given.sensorToken(database, { sensor })
  return tokens.mint({
    sub: String(sensor),
    login: ref,
    token_type: 'sensor',
    scope: 'sensor',
    metadata: { sensor_token_id },
    ttl_seconds: 3600,
  })
}

/** The sensor of that ref, made when there is none, serving the triggers among these that are there. */
async function sensorServing(
  db: Queryable,
  ref: string,
  trigger_types: readonly string[],
): Promise<Id<'sensor'>> {
  const known = await db.maybe<{ id: Id<'sensor'> }>(sql`select id from sensor where ref = ${ref}`)
  const { id } = known ?? (await given.sensor(db, { ref, pack_ref: ref.split('.')[0] }))
  await db.run(sql`update trigger set sensor = ${id}, sensor_ref = ${ref} where ref = any(${trigger_types})`)
  return id
}
