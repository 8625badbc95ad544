import type { Queryable, Transaction } from '../../database/database.ts'
import { json, type Sql, sql } from '../../database/sql.ts'
import { isJsonObject, type Json } from '../../json.ts'
import type { Cipher } from './cipher.ts'

/**
 * Where a table keeps what is encrypted: a text or an object of texts, and in `encryption_key_hash` the key that
 * encrypted it. Whoever owns the table names it here, so that a change of the encryption key reaches it.
 */
export type SealedColumn = {
  table: Sql
  id: Sql
  sealed: Sql
  /** Where not every row is encrypted. */
  which: Sql
  /** `update … set …` of what is sealed, from the jsonb `anew`. */
  update: Sql
}

/** Ids of the next rows that were encrypted with one of these older keys. A walk along the primary key. */
export async function findOutdated(
  db: Queryable,
  column: SealedColumn,
  { older, after, limit }: { older: readonly string[]; after: number; limit: number },
): Promise<number[]> {
  const rows = await db.many<{ id: number }>(sql`
    select ${column.id} as id from ${column.table}
    where ${column.id} > ${after} and ${isOutdated(column, older)}
    order by 1
    limit ${limit}`)
  return rows.map(({ id }) => id)
}

/** Encrypts those of the rows anew that still are outdated once they are locked: a concurrent change came first otherwise. */
export async function encryptAnew(
  tx: Transaction,
  column: SealedColumn,
  { cipher, ids }: { cipher: Cipher; ids: readonly number[] },
): Promise<{ reencrypted: number; damaged: number }> {
  const { table, id, sealed, update } = column
  const rows = await tx.many<{ id: number; sealed: Json; encryption_key_hash: string | null }>(sql`
    select ${id} as id, to_jsonb(${sealed}) as sealed, encryption_key_hash from ${table}
    where ${id} = any(${ids}) and ${isOutdated(column, cipher.previous_hashes)}
    order by 1
    for update`)
  const anew = rows.flatMap((row) => {
    const again = sealedAgain(row.sealed, row.encryption_key_hash, cipher)
    return again === undefined ? [] : [{ row: row.id, anew: again }]
  })
  if (anew.length > 0) {
    await tx.run(sql`
      ${update}, encryption_key_hash = ${cipher.key_hash}
      from json_to_recordset(${json(anew)}) as r ("row" bigint, anew jsonb)
      where ${id} = r."row"`)
  }
  return { reencrypted: anew.length, damaged: rows.length - anew.length }
}

/** How many rows each key has encrypted. */
export function countByHash(
  db: Queryable,
  { table, which }: SealedColumn,
): Promise<{ key_hash: string | null; count: number }[]> {
  return db.many(
    sql`select encryption_key_hash as key_hash, count(*) as count from ${table} where ${which} group by 1`,
  )
}

/** A row that does not say which key is its is taken for an old one. */
function isOutdated({ which }: SealedColumn, older: readonly string[]): Sql {
  return sql`${which} and (encryption_key_hash = any(${older}) or encryption_key_hash is null)`
}

/** Undefined where no key fits: one value that is damaged must not keep the others from being changed. */
function sealedAgain(sealed: Json, key_hash: string | null, cipher: Cipher): Json | undefined {
  try {
    if (isJsonObject(sealed)) {
      const members = Object.entries(sealed).map(([name, text]) => [name, textAgain(text, key_hash, cipher)])
      return Object.fromEntries(members)
    }
    return textAgain(sealed, key_hash, cipher)
  } catch {
    return undefined // no key fits
  }
}

function textAgain(text: Json | undefined, key_hash: string | null, cipher: Cipher): string {
  if (typeof text !== 'string') throw new Error('What is sealed is a text.')
  return cipher.encrypt(cipher.decrypt(text, key_hash))
}
