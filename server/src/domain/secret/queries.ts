import type { Queryable, Transaction } from '../../database/database.ts'
import { json, sql } from '../../database/sql.ts'
import type { Cipher } from './cipher.ts'
import type { ExtractedSecret } from './redact.ts'
import type { SealedColumn } from './sealed-column.ts'

export type SecretOwner =
  | 'event_payload'
  | 'enforcement_config'
  | 'execution_config'
  | 'execution_result'
  | 'pack_config'

/** Stores the values that were cut out of a row, encrypted. A value already stored for the place is kept. */
export async function store(
  tx: Transaction,
  cipher: Cipher,
  owner: SecretOwner,
  rows: readonly { id: number; secrets: readonly ExtractedSecret[]; source_kind: string }[],
): Promise<void> {
  const values = rows.flatMap(({ id, secrets, source_kind }) =>
    secrets.map(({ pointer, value }) => ({ id, pointer, source_kind, encrypted: cipher.encrypt(value) })),
  )
  if (values.length === 0) return
  await tx.run(sql`
    insert into execution_secret_value (entity_type, entity_id, json_path, source_kind, encrypted_value, encryption_key_hash)
    select ${owner}, id, pointer, source_kind, to_jsonb(encrypted), ${cipher.key_hash}
    from json_to_recordset(${json(values)}) as s (id bigint, pointer text, source_kind text, encrypted text)
    order by id, pointer
    on conflict do nothing`)
}

/** Stores secrets of one row that may have changed: what was kept for their places before goes. */
export async function replace(
  tx: Transaction,
  cipher: Cipher,
  owner: SecretOwner,
  row: { id: number; secrets: readonly ExtractedSecret[]; source_kind: string },
): Promise<void> {
  if (row.secrets.length === 0) return
  const places = row.secrets.map(({ pointer }) => pointer)
  await tx.run(sql`
    delete from execution_secret_value
    where entity_type = ${owner} and entity_id = ${row.id} and json_path = any(${places})`)
  await store(tx, cipher, owner, [row])
}

/** Drops the secrets of a row that goes. */
export function forget(tx: Transaction, owner: SecretOwner, id: number): Promise<number> {
  return tx.run(sql`delete from execution_secret_value where entity_type = ${owner} and entity_id = ${id}`)
}

/** Gives the secrets of one row to another that was made from it. */
export async function copy(
  tx: Transaction,
  from: SecretOwner,
  to: SecretOwner,
  pairs: readonly { from: number; to: number }[],
): Promise<void> {
  if (pairs.length === 0) return
  await tx.run(sql`
    insert into execution_secret_value
      (entity_type, entity_id, json_path, source_kind, source_ref, encrypted_value, encryption_key_hash)
    select ${to}, p."to", s.json_path, s.source_kind, s.source_ref, s.encrypted_value, s.encryption_key_hash
    from json_to_recordset(${json(pairs)}) as p ("from" bigint, "to" bigint)
    join execution_secret_value s on s.entity_type = ${from} and s.entity_id = p."from"
    order by p."to", s.json_path
    on conflict do nothing`)
}

/** The secrets of rows, decrypted. */
export async function reveal(
  db: Queryable,
  cipher: Cipher,
  owner: SecretOwner,
  ids: readonly number[],
): Promise<Map<number, ExtractedSecret[]>> {
  if (ids.length === 0) return new Map()
  const rows = await db.many<{
    entity_id: number
    json_path: string
    encrypted_value: string
    encryption_key_hash: string | null
  }>(sql`
    select entity_id, json_path, encrypted_value, encryption_key_hash
    from execution_secret_value
    where entity_type = ${owner} and entity_id = any(${ids})`)
  const byRow = new Map<number, ExtractedSecret[]>()
  for (const row of rows) {
    const secrets = byRow.get(row.entity_id) ?? []
    secrets.push({
      pointer: row.json_path,
      value: cipher.decrypt(row.encrypted_value, row.encryption_key_hash),
    })
    byRow.set(row.entity_id, secrets)
  }
  return byRow
}

export const sealedColumn: SealedColumn = {
  table: sql`execution_secret_value`,
  id: sql`id`,
  sealed: sql`encrypted_value`,
  which: sql`true`,
  update: sql`update execution_secret_value set encrypted_value = anew`,
}
