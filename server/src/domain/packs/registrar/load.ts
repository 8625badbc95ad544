import { realpath } from 'node:fs/promises'
import type { Database } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { Cipher } from '../../secret/cipher.ts'
import type { Log } from '../../../observe/log.ts'
import { directoryChecksum } from './directory-checksum.ts'
import * as packs from '../../definition/pack/queries.ts'
import { readPack } from '../reader/read-pack.ts'
import { refuse, registerPack } from './register.ts'

export type LoadOptions = {
  /** Who owns the pack and its rules; null: the platform. */
  registered_by: Id<'identity'> | null
  is_standard: boolean
  log: Log
  cipher: Cipher
}

/**
 * Brings the rows of a pack that ships with the product to its files, where they are. Does nothing, and answers
 * false, when these files are registered already.
 */
export async function loadPack(database: Database, dir: string, options: LoadOptions): Promise<boolean> {
  const storage_path = await realpath(dir)
  const checksum = await directoryChecksum(storage_path)
  if (await packs.isRegistered(database, { checksum, storage_path })) return false
  const reading = await readPack(storage_path)
  if ('problems' in reading) {
    refuse(storage_path, reading.problems)
    return false
  }
  const { registered_by, is_standard, log, cipher } = options
  const correlation_id = null
  const pack = await database.transaction((tx) =>
    registerPack(tx, reading.pack, {
      registered_by:
        registered_by === null ? null : { owner_identity: registered_by, authority_set_refs: null },
      is_standard,
      storage_path,
      checksum,
      force: true,
      correlation_id,
      cipher,
    }),
  )
  for (const warning of reading.pack.warnings) log.warn({ pack: pack.ref }, warning)
  log.info({ pack: pack.ref, version: pack.version }, 'pack loaded')
  return true
}
