import { type Static, Type } from 'typebox'
import type { Database, Queryable, Transaction } from '../../database/database.ts'
import type { Cipher } from '../secret/cipher.ts'
import * as secretValues from '../secret/queries.ts'
import * as webhookSecrets from '../webhook/secret.ts'
import type { Asking } from '../audit/actor.ts'
import { recordRotation } from './audit.ts'
import * as keys from './queries.ts'

/** Rows of one transaction. */
const BATCH = 200
/** A call ends soon after this, so that no proxy gives it up; the next one goes on. */
const TIME_LIMIT_MS = 10_000

const Counts = Type.Object({
  reencrypted: Type.Integer({ description: 'Encrypted anew by this call.' }),
  current: Type.Integer({ description: 'Encrypted with the current key now.' }),
  remaining: Type.Integer({ description: 'Still encrypted with a previous key.' }),
  unreadable: Type.Integer({ description: 'Encrypted with a key that is not configured, or damaged.' }),
})
type Counts = Static<typeof Counts>

/** How far the change of the encryption key is. */
export const Rotation = Type.Object({
  keys: Counts,
  secret_values: Counts,
  webhook_secrets: Counts,
  done: Type.Boolean({ description: 'Nothing is left that a previous key could read.' }),
})
export type Rotation = Static<typeof Rotation>

/** A table with encrypted values. */
type Store = {
  /** Those that do not say which key is theirs too. */
  findOutdated(
    db: Queryable,
    older: readonly string[],
    from: { after: number; limit: number },
  ): Promise<number[]>
  lockOutdated(tx: Transaction, ids: readonly number[], older: readonly string[]): Promise<Encrypted[]>
  writeAnew(
    tx: Transaction,
    rows: readonly { id: number; encrypted: string }[],
    key_hash: string,
  ): Promise<number>
  countByHash(db: Queryable): Promise<{ key_hash: string | null; count: number }[]>
}
type Encrypted = { id: number; encrypted_value: string; encryption_key_hash: string | null }

/**
 * Encrypts anew what previous keys of the ring have encrypted. Every batch is a transaction of its own that locks its
 * rows and looks at them again: what changed in the meantime was encrypted by whoever changed it. So it may be killed
 * anywhere, run twice at once, and be started again, which goes on with what is left.
 */
export async function rotate(database: Database, cipher: Cipher, asking: Asking): Promise<Rotation> {
  const stopAt = performance.now() + TIME_LIMIT_MS
  await recordRotation(database, 'started', asking, { key_hash: cipher.key_hash })
  const rotating = { database, cipher, stopAt }
  const ofKeys = await rotateStore(rotating, keys)
  const ofValues = await rotateStore(rotating, secretValues)
  const ofWebhooks = await rotateStore(rotating, webhookSecrets)
  const rotation = {
    keys: ofKeys,
    secret_values: ofValues,
    webhook_secrets: ofWebhooks,
    done: ofKeys.remaining + ofValues.remaining + ofWebhooks.remaining === 0,
  }
  await recordRotation(database, 'ended', asking, { key_hash: cipher.key_hash, ...rotation })
  return rotation
}

type Rotating = { database: Database; cipher: Cipher; stopAt: number }

async function rotateStore({ database, cipher, stopAt }: Rotating, store: Store): Promise<Counts> {
  const older = cipher.previous_hashes
  let after = 0
  let reencrypted = 0
  let damaged = 0
  while (performance.now() < stopAt) {
    const ids = await store.findOutdated(database, older, { after, limit: BATCH })
    if (ids.length === 0) break
    const done = await database.transaction((tx) => encryptAnew(tx, { cipher, store, older, ids }))
    reencrypted += done.reencrypted
    damaged += done.damaged
    after = ids.at(-1) ?? after
  }
  return { reencrypted, ...tally(await store.countByHash(database), cipher, damaged) }
}

async function encryptAnew(
  tx: Transaction,
  {
    cipher,
    store,
    older,
    ids,
  }: { cipher: Cipher; store: Store; older: readonly string[]; ids: readonly number[] },
): Promise<{ reencrypted: number; damaged: number }> {
  const rows = await store.lockOutdated(tx, ids, older)
  const anew = rows.flatMap((row) => {
    const encrypted = again(row, cipher)
    return encrypted === undefined ? [] : [{ id: row.id, encrypted }]
  })
  if (anew.length > 0) await store.writeAnew(tx, anew, cipher.key_hash)
  return { reencrypted: anew.length, damaged: rows.length - anew.length }
}

/** Undefined where no key fits: one value that is damaged must not keep the others from being changed. */
function again({ encrypted_value, encryption_key_hash }: Encrypted, cipher: Cipher): string | undefined {
  try {
    return cipher.encrypt(cipher.decrypt(encrypted_value, encryption_key_hash))
  } catch {
    return undefined
  }
}

function tally(
  counts: readonly { key_hash: string | null; count: number }[],
  { key_hash: current, previous_hashes }: Cipher,
  damaged: number,
): Omit<Counts, 'reencrypted'> {
  const sum = (isOne: (key_hash: string | null) => boolean) =>
    counts.filter(({ key_hash }) => isOne(key_hash)).reduce((total, { count }) => total + count, 0)
  const all = sum(() => true)
  const ofCurrent = sum((hash) => hash === current)
  const ofPrevious = sum((hash) => hash === null || previous_hashes.includes(hash)) - damaged
  return { current: ofCurrent, remaining: ofPrevious, unreadable: all - ofCurrent - ofPrevious }
}
