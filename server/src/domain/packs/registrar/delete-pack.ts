import type { Database, Transaction } from '../../../database/database.ts'
import { publish } from '../../../messages/publish.ts'
import { Problem } from '../../../problem.ts'
import { announce } from '../../definition/rule/announce.ts'
import * as rules from '../../definition/rule/queries.ts'
import * as runtimes from '../../definition/runtime/queries.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { recordChange } from '../../definition/pack/audit.ts'
import { findSurroundings } from './surroundings.ts'
import { dependentsOf } from './requirements.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import { withdraw, type WithdrawnDirectory } from './staged-pack.ts'
import { forget } from '../../secret/queries.ts'
import * as packs from '../../definition/pack/queries.ts'
import { demandChange } from '../../definition/pack/visibility.ts'

export type PackDeletion = { ref: string; force: boolean; packs_base_dir: string; by: RequestContext }

/**
 * Deletes a pack with all that belongs to it, and its directory where that is ours. Rows, message and files go
 * together: when anything is in the way all stay.
 */
export async function deletePack(database: Database, deletion: PackDeletion): Promise<void> {
  const files: { away?: WithdrawnDirectory | undefined } = {}
  try {
    await database.transaction(async (tx) => {
      const pack = await removeRows(tx, deletion)
      files.away = await withdraw(pack.storage_path, deletion.packs_base_dir, pack.ref)
    })
  } catch (error) {
    await files.away?.restore()
    throw error
  } finally {
    await files.away?.clear()
  }
}

async function removeRows(tx: Transaction, { ref, force, by }: PackDeletion): Promise<Pack> {
  const pack = demandChange(by.caller, ['packs', 'delete'], { ref, pack: await packs.lockByRef(tx, ref) })
  if (!force) await refuseNeeded(tx, pack)
  await refuseUsed(tx, pack)
  const gone = await rules.removeOfPack(tx, pack.id)
  await removeUnlessOwning(tx, pack)
  await announce(
    tx,
    gone.map((before) => ({ before, after: undefined, trigger_params: {} })),
    by.request_id,
  )
  const payload = { pack_id: pack.id, pack_ref: pack.ref }
  await publish(tx, 'PackDeleted', [{ payload, correlation_id: by.request_id }])
  await recordChange(tx, 'deleted', pack, { by, details: { force } })
  return pack
}

/** What everything stands on, and what another pack asks for, is not deleted by a slip. */
async function refuseNeeded(tx: Transaction, { ref, is_standard }: Pack): Promise<void> {
  if (is_standard) {
    const message = `The pack '${ref}' ships with the platform; say force to delete it all the same.`
    throw new Problem('CONFLICT', message, [{ field: 'force', message: 'must be true for a standard pack' }])
  }
  const dependents = dependentsOf(ref, await findSurroundings(tx, ref))
  if (dependents.length === 0) return
  const names = dependents.map((one) => `'${one.ref}'`).join(', ')
  throw new Problem(
    'CONFLICT',
    `The pack '${ref}' is needed by ${names}; delete those first, or say force.`,
    dependents.map((one) => ({ field: one.ref, message: `depends on '${one.text}'` })),
  )
}

async function refuseUsed(tx: Transaction, { id, ref }: Pack): Promise<void> {
  const users = await runtimes.findForeignUsers(tx, id)
  if (users.length === 0) return
  const names = users.map(({ used_by }) => `'${used_by}'`).join(', ')
  throw new Problem(
    'UNPROCESSABLE_ENTITY',
    `The pack '${ref}' cannot be deleted: ${names} of other packs run by its runtimes; change those first.`,
    users.map(({ used_by, runtime_ref }) => ({ field: used_by, message: `runs by '${runtime_ref}'` })),
  )
}

/** Keys outlive nothing by accident: whoever deletes a pack deletes its keys first, knowingly. */
async function removeUnlessOwning(tx: Transaction, { id, ref }: Pack): Promise<void> {
  try {
    await packs.remove(tx, id)
    await forget(tx, 'pack_config', id)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'UNPROCESSABLE_ENTITY') throw error
    throw new Problem(
      'UNPROCESSABLE_ENTITY',
      `The pack '${ref}' cannot be deleted while keys belong to it; delete those first. ${error.message}`,
    )
  }
}
