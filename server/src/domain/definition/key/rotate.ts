import { type Static, Type } from 'typebox'
import type { Database } from '../../../database/database.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { sealedColumn as secretValues } from '../../secret/queries.ts'
import { countByHash, encryptAnew, findOutdated, type SealedColumn } from '../../secret/sealed-column.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { recordRotation } from './audit.ts'
import { sealedColumn as keys } from './queries.ts'

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
export const KeyRotation = Type.Object(
  {
    keys: Counts,
    secret_values: Counts,
    webhook_secrets: Counts,
    pack_index_headers: Counts,
    done: Type.Boolean({ description: 'Nothing is left that a previous key could read.' }),
  },
  { title: 'KeyRotation' },
)
export type KeyRotation = Static<typeof KeyRotation>

/** Columns that others keep encrypted. */
export type SealedElsewhere = Record<'webhook_secrets' | 'pack_index_headers', SealedColumn>

/**
 * Encrypts anew what previous keys of the ring have encrypted. Every batch is a transaction of its own that locks its
 * rows and looks at them again: what changed in the meantime was encrypted by whoever changed it. So it may be killed
 * anywhere, run twice at once, and be started again, which goes on with what is left.
 */
export async function rotate(
  database: Database,
  { cipher, sealed }: { cipher: Cipher; sealed: SealedElsewhere },
  asking: RequestContext,
): Promise<KeyRotation> {
  const stopAt = performance.now() + TIME_LIMIT_MS
  await recordRotation(database, 'started', asking, { key_hash: cipher.key_hash })
  const rotating = { database, cipher, stopAt }
  const parts = {
    keys: await rotateColumn(rotating, keys),
    secret_values: await rotateColumn(rotating, secretValues),
    webhook_secrets: await rotateColumn(rotating, sealed.webhook_secrets),
    pack_index_headers: await rotateColumn(rotating, sealed.pack_index_headers),
  }
  const rotation = { ...parts, done: Object.values(parts).every(({ remaining }) => remaining === 0) }
  await recordRotation(database, 'ended', asking, { key_hash: cipher.key_hash, ...rotation })
  return rotation
}

type Rotating = { database: Database; cipher: Cipher; stopAt: number }

async function rotateColumn({ database, cipher, stopAt }: Rotating, column: SealedColumn): Promise<Counts> {
  const older = cipher.previous_hashes
  let after = 0
  let reencrypted = 0
  let damaged = 0
  while (performance.now() < stopAt) {
    const ids = await findOutdated(database, column, { older, after, limit: BATCH })
    if (ids.length === 0) break
    const done = await database.transaction((tx) => encryptAnew(tx, column, { cipher, ids }))
    reencrypted += done.reencrypted
    damaged += done.damaged
    after = ids.at(-1) ?? after
  }
  return { reencrypted, ...tally(await countByHash(database, column), cipher, damaged) }
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
