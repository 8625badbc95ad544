import type { Database } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { Cipher } from '../../secret/cipher.ts'
import type { Log } from '../../../observe/log.ts'
import * as packs from '../../definition/pack/queries.ts'
import { scanPack, treeChecksum } from '../reader/pack-tree.ts'
import { readTree, requireSound } from '../reader/read-pack.ts'
import { registerPack } from './register.ts'

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
  const tree = await scanPack(dir)
  const { root: storage_path } = tree
  const checksum = await treeChecksum(tree)
  if (await packs.isRegistered(database, { checksum, storage_path })) return false
  const reading = requireSound(await readTree(tree), storage_path)
  const { registered_by, is_standard, log, cipher } = options
  const correlation_id = null
  const { pack } = await database.transaction((tx) =>
    registerPack(tx, reading, {
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
