import type { Queryable, Transaction } from '../../database/database.ts'
import { json, sql } from '../../database/sql.ts'
import type { Id } from '../../id.ts'
import type { Cipher } from '../secret/cipher.ts'

/** Keeps the secret that signs the calls of a webhook, encrypted, in place of the one before. */
export function storeSecret(
  tx: Transaction,
  cipher: Cipher,
  trigger: Id<'trigger'>,
  secret: string,
): Promise<number> {
  return tx.run(sql`
    insert into webhook_secret (trigger, encrypted_value, encryption_key_hash)
    values (${trigger}, ${cipher.encrypt(secret)}, ${cipher.key_hash})
    on conflict (trigger) do update set
      encrypted_value = excluded.encrypted_value, encryption_key_hash = excluded.encryption_key_hash`)
}

export function removeSecret(tx: Transaction, trigger: Id<'trigger'>): Promise<number> {
  return tx.run(sql`delete from webhook_secret where trigger = ${trigger}`)
}

export async function hasSecret(db: Queryable, trigger: Id<'trigger'>): Promise<boolean> {
  const found = await db.maybe(sql`select 1 as one from webhook_secret where trigger = ${trigger}`)
  return found !== undefined
}

/** The secret, decrypted; undefined where none was given. */
export async function findSecret(
  db: Queryable,
  cipher: Cipher,
  trigger: Id<'trigger'>,
): Promise<string | undefined> {
  const row = await db.maybe<{ encrypted_value: string; encryption_key_hash: string }>(
    sql`select encrypted_value, encryption_key_hash from webhook_secret where trigger = ${trigger}`,
  )
  const secret = row === undefined ? null : cipher.decrypt(row.encrypted_value, row.encryption_key_hash)
  return typeof secret === 'string' ? secret : undefined
}

type Encrypted = { id: number; encrypted_value: string; encryption_key_hash: string }

/** Triggers whose secrets come next and were encrypted with one of these older keys. */
export async function findOutdated(
  db: Queryable,
  older: readonly string[],
  { after, limit }: { after: number; limit: number },
): Promise<number[]> {
  const rows = await db.many<{ trigger: number }>(sql`
    select trigger from webhook_secret
    where trigger > ${after} and encryption_key_hash = any(${older})
    order by trigger
    limit ${limit}`)
  return rows.map(({ trigger }) => trigger)
}

/** Locks those of the secrets that are still encrypted with an older key. */
export function lockOutdated(
  tx: Transaction,
  triggers: readonly number[],
  older: readonly string[],
): Promise<Encrypted[]> {
  return tx.many(sql`
    select trigger as id, encrypted_value, encryption_key_hash from webhook_secret
    where trigger = any(${triggers}) and encryption_key_hash = any(${older})
    order by trigger
    for update`)
}

export function writeAnew(
  tx: Transaction,
  rows: readonly { id: number; encrypted: string }[],
  key_hash: string,
): Promise<number> {
  return tx.run(sql`
    update webhook_secret s set encrypted_value = r.encrypted, encryption_key_hash = ${key_hash}
    from json_to_recordset(${json(rows)}) as r (id bigint, encrypted text)
    where s.trigger = r.id`)
}

/** How many secrets each key has encrypted. */
export function countByHash(db: Queryable): Promise<{ key_hash: string | null; count: number }[]> {
  return db.many(
    sql`select encryption_key_hash as key_hash, count(*) as count from webhook_secret group by 1`,
  )
}
