import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import type { Cipher } from '../../secret/cipher.ts'
import type { SealedColumn } from '../../secret/sealed-column.ts'
import type { KnownSecrets } from './config.ts'

/**
 * Keeps the secrets that sign the calls of a webhook, encrypted, in place of those before: one, or while it is replaced
 * the new one and the one before it.
 */
export function storeSecrets(
  tx: Transaction,
  cipher: Cipher,
  { trigger, secrets }: { trigger: Id<'trigger'>; secrets: readonly string[] },
): Promise<number> {
  const [current = null] = secrets
  const value: Json = secrets.length > 1 ? [...secrets] : current
  return tx.run(sql`
    insert into webhook_secret (trigger, encrypted_value, encryption_key_hash, has_previous)
    values (${trigger}, ${cipher.encrypt(value)}, ${cipher.key_hash}, ${secrets.length > 1})
    on conflict (trigger) do update set
      encrypted_value = excluded.encrypted_value, encryption_key_hash = excluded.encryption_key_hash,
      has_previous = excluded.has_previous`)
}

export function removeSecret(tx: Transaction, trigger: Id<'trigger'>): Promise<number> {
  return tx.run(sql`delete from webhook_secret where trigger = ${trigger}`)
}

export async function knownSecrets(db: Queryable, trigger: Id<'trigger'>): Promise<KnownSecrets> {
  const found = await db.maybe<{ has_previous: boolean }>(
    sql`select has_previous from webhook_secret where trigger = ${trigger}`,
  )
  return { has_secret: found !== undefined, has_previous: found?.has_previous ?? false }
}

/** The secrets as they are, the newest first; whoever else would replace them waits. */
export async function secretsToChange(
  tx: Transaction,
  cipher: Cipher,
  trigger: Id<'trigger'>,
): Promise<string[]> {
  const found = await tx.maybe<SealedSecret>(sql`
    select encrypted_value, encryption_key_hash from webhook_secret where trigger = ${trigger} for update`)
  return found === undefined ? [] : openSecrets(cipher, found)
}

/** The columns of the secrets, null where none was given. */
export type SealedSecret = { encrypted_value: string | null; encryption_key_hash: string | null }

/** The secrets, decrypted, the newest first. Throws where none was given. */
export function openSecrets(
  cipher: Cipher,
  { encrypted_value, encryption_key_hash }: SealedSecret,
): string[] {
  const value = encrypted_value === null ? null : cipher.decrypt(encrypted_value, encryption_key_hash)
  const secrets = [value].flat().filter((one) => typeof one === 'string')
  if (secrets.length > 0) return secrets
  throw new Error('The secret of a webhook is not as it was stored.')
}

export const sealedColumn: SealedColumn = {
  table: sql`webhook_secret`,
  id: sql`trigger`,
  sealed: sql`encrypted_value`,
  which: sql`true`,
  update: sql`update webhook_secret set encrypted_value = anew #>> '{}'`,
}
