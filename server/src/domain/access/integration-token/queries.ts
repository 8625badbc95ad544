import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { raw, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { IntegrationToken, IntegrationTokenDetail } from './integration-token.ts'
import type { IntegrationSecret } from './secret.ts'

const isActiveNow = raw('(revoked_at is null and (expires_at is null or expires_at > now()))')
const columns = sql`
  id, identity as identity_id, label, description, token_prefix, token_suffix, created_by, expires_at, last_used_at,
  last_used_ip, revoked_at, revoked_by, revocation_reason, ${isActiveNow} as active, created, updated`

export function list(db: Queryable, identity: Id<'identity'>, page: { limit: number; offset: number }) {
  return selectPage<IntegrationTokenDetail>(
    db,
    {
      columns,
      from: sql`integration_token`,
      where: sql`identity = ${identity}`,
      order: sql`created desc, id desc`,
    },
    page,
  )
}

export type NewIntegrationToken = IntegrationSecret &
  Pick<IntegrationToken, 'identity' | 'label' | 'description' | 'created_by' | 'expires_at'>

export function create(tx: Transaction, token: NewIntegrationToken): Promise<IntegrationTokenDetail> {
  return tx.one(sql`
    insert into integration_token
      (identity, label, description, token_hash, token_prefix, token_suffix, created_by, expires_at)
    values (${token.identity}, ${token.label}, ${token.description}, ${token.token_hash}, ${token.token_prefix},
      ${token.token_suffix}, ${token.created_by}, ${token.expires_at})
    returning ${columns}`)
}

type Which = { identity: Id<'identity'>; id: Id<'integration_token'> }

/** Ends a token. The first revocation stands: a second one changes neither its time nor its reason. */
export function revoke(
  tx: Transaction,
  { identity, id }: Which,
  by: { revoked_by: Id<'identity'> | null; reason: string | null },
): Promise<IntegrationTokenDetail | undefined> {
  return tx.maybe(sql`
    update integration_token set
      revoked_at = coalesce(revoked_at, now()),
      revoked_by = case when revoked_at is null then ${by.revoked_by}::bigint else revoked_by end,
      revocation_reason = case when revoked_at is null then ${by.reason}::text else revocation_reason end
    where id = ${id} and identity = ${identity}
    returning ${columns}`)
}

export function remove(tx: Transaction, { identity, id }: Which): Promise<{ label: string } | undefined> {
  return tx.maybe(sql`
    delete from integration_token where id = ${id} and identity = ${identity} returning label`)
}

/** Whose token it is, and whether it still opens anything. */
export type IntegrationTokenBearer = {
  id: Id<'integration_token'>
  identity: Id<'identity'>
  active: boolean
  login: string
  display_name: string | null
  frozen: boolean
}

export function findBearerOfHash(
  db: Queryable,
  token_hash: string,
): Promise<IntegrationTokenBearer | undefined> {
  return db.maybe(sql`
    select t.id, t.identity, ${isActiveNow} as active, i.login, i.display_name, i.frozen
    from integration_token t join identity i on i.id = t.identity
    where t.token_hash = ${token_hash}`)
}

export function noteUse(tx: Transaction, id: Id<'integration_token'>, client_ip: string): Promise<number> {
  return tx.run(sql`
    update integration_token set last_used_at = now(), last_used_ip = ${client_ip} where id = ${id}`)
}
