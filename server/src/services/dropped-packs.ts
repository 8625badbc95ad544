import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transaction } from '../database/database.ts'
import { findVersions } from '../domain/definition/pack/queries.ts'
import { isPackRef } from '../domain/packs/reader/reference.ts'
import type { ConsumedMessage } from '../messages/messages.ts'
import type { Platform } from './platform.ts'

/**
 * Removes what this machine built for packs that are gone. One that has been registered again meanwhile keeps its
 * environments: they are checked against its files before they are used. The files themselves are removed by the
 * API, which put them there.
 */
export async function dropEnvironments(
  tx: Transaction,
  messages: readonly ConsumedMessage<'PackDeleted'>[],
  { folders, log }: Pick<Platform, 'folders' | 'log'>,
): Promise<void> {
  const refs = messages.map(({ pack_ref }) => pack_ref).filter(isPackRef)
  const there = new Set((await findVersions(tx, refs)).map(({ ref }) => ref))
  for (const ref of refs.filter((ref) => !there.has(ref))) {
    await rm(join(folders.runtime_envs, ref), { recursive: true, force: true })
    log.info({ pack: ref }, 'environments of a deleted pack removed')
  }
}
