import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { raw, sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import type { Identity } from '../identity/identity.ts'
import { heldGrants } from '../identity/queries.ts'
import type { Session, SessionDetail } from './session.ts'

/** More than a person or a program has; beyond it the ones that were not used for longest end. */
export const MOST_SESSIONS = 200

const sourceIsActive = raw(
  '(s.integration_token is null or (t.revoked_at is null and (t.expires_at is null or t.expires_at > now())))',
)

type Which = { id: Id<'session'>; identity: Id<'identity'> }

/** Who is behind a session. */
export type SessionBearer = Pick<Identity, 'id' | 'login' | 'frozen'> & {
  attributes: JsonObject
  grants: Grant[]
  /** Whether the integration token that it began with still opens anything; true where there is none. */
  active: boolean
}

/** The identity behind a request with every grant it holds, in one look-up: primary keys all the way. */
export function findBearer(db: Queryable, { id, identity }: Which): Promise<SessionBearer | undefined> {
  return db.maybe(sql`
    select i.id, i.login, i.frozen, i.attributes, ${sourceIsActive} as active, ${heldGrants} as grants
    from session s
    join identity i on i.id = s.identity
    left join integration_token t on t.id = s.integration_token
    where s.id = ${id} and s.identity = ${identity} and s.expires_at > now()`)
}

/**
 * The account as it is now, kept so until the session is there: a reset that comes in between waits and ends it, or
 * has come first and is seen here. Whoever changes an account locks it first of all, so this comes first too.
 */
export function holdAccount(
  tx: Transaction,
  id: Id<'identity'>,
): Promise<Pick<Identity, 'frozen' | 'password_hash'> | undefined> {
  return tx.maybe(sql`select frozen, password_hash from identity where id = ${id} for share`)
}

export type NewSession = Pick<
  Session,
  'identity' | 'provider' | 'integration_token' | 'client_ip' | 'user_agent'
>

export function insert(tx: Transaction, session: NewSession, ttlSeconds: number): Promise<Session> {
  return tx.one(sql`
    insert into session (identity, provider, integration_token, client_ip, user_agent, expires_at)
    values (${session.identity}, ${session.provider}, ${session.integration_token}, ${session.client_ip},
      ${session.user_agent}, now() + make_interval(secs => ${ttlSeconds}))
    returning *`)
}

export function removeBeyondMost(tx: Transaction, identity: Id<'identity'>): Promise<number> {
  return tx.run(sql`
    delete from session where id in (
      select id from session where identity = ${identity}
      order by last_used_at desc, id desc offset ${MOST_SESSIONS})`)
}

/** A session that is to be renewed, with whose it is. */
export type RenewableSession = Session & {
  login: string
  display_name: string | null
  frozen: boolean
  active: boolean
  seconds_since: number
}

/** Held until the transaction ends: of two that renew at once the second sees what the first has done. */
export function lockRenewable(
  tx: Transaction,
  { id, identity }: Which,
): Promise<RenewableSession | undefined> {
  return tx.maybe(sql`
    select s.*, i.login, i.display_name, i.frozen, ${sourceIsActive} as active,
      extract(epoch from now() - s.last_used_at)::float8 as seconds_since
    from session s
    join identity i on i.id = s.identity
    left join integration_token t on t.id = s.integration_token
    where s.id = ${id} and s.identity = ${identity} and s.expires_at > now()
    for update of s`)
}

export function renew(
  tx: Transaction,
  id: Id<'session'>,
  { client_ip, user_agent }: Pick<Session, 'client_ip' | 'user_agent'>,
  ttlSeconds: number,
): Promise<Session> {
  return tx.one(sql`
    update session
    set generation = generation + 1, client_ip = ${client_ip}, user_agent = ${user_agent}, last_used_at = now(),
      expires_at = now() + make_interval(secs => ${ttlSeconds})
    where id = ${id}
    returning *`)
}

export function list(
  db: Queryable,
  identity: Id<'identity'>,
  current: Id<'session'> | undefined,
  page: { limit: number; offset: number },
) {
  return selectPage<SessionDetail>(
    db,
    {
      columns: sql`
        s.id, s.identity as identity_id, s.provider, s.integration_token as integration_token_id,
        t.label as integration_token_label, s.client_ip, s.user_agent,
        s.id is not distinct from ${current ?? null}::bigint as current, s.created, s.last_used_at, s.expires_at`,
      from: sql`session s left join integration_token t on t.id = s.integration_token`,
      where: sql`s.identity = ${identity} and s.expires_at > now() and ${sourceIsActive}`,
      order: sql`s.last_used_at desc, s.id desc`,
    },
    page,
  )
}

export function remove(tx: Transaction, { id, identity }: Which): Promise<number> {
  return tx.run(sql`delete from session where id = ${id} and identity = ${identity}`)
}

/** Every session of an account but the one that is kept. */
export function removeAll(
  tx: Transaction,
  identity: Id<'identity'>,
  kept: Id<'session'> | null,
): Promise<number> {
  return tx.run(sql`
    delete from session where identity = ${identity} and id is distinct from ${kept}::bigint`)
}

export function forgetExpired(db: Queryable): Promise<number> {
  return db.run(sql`delete from session where expires_at < now()`)
}
