import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Cipher } from '../../secret/cipher.ts'
import type { SealedColumn } from '../../secret/sealed-column.ts'

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

/** The columns of a secret, null where none was given. */
export type SealedSecret = { encrypted_value: string | null; encryption_key_hash: string | null }

/** The secret, decrypted. Throws where none was given. */
export function openSecret(cipher: Cipher, { encrypted_value, encryption_key_hash }: SealedSecret): string {
  const secret = encrypted_value === null ? null : cipher.decrypt(encrypted_value, encryption_key_hash)
  if (typeof secret === 'string') return secret
  throw new Error('The secret of a webhook is not as it was stored.')
}

export const sealedColumn: SealedColumn = {
  table: sql`webhook_secret`,
  id: sql`trigger`,
  sealed: sql`encrypted_value`,
  which: sql`true`,
  update: sql`update webhook_secret set encrypted_value = anew #>> '{}'`,
}
