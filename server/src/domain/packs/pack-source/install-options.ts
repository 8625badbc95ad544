import type { Database } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import { answerableFor } from '../../caller/caller.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { recordChange } from '../../definition/pack/audit.ts'
import type { InstallOptions } from '../registrar/install.ts'
import type { ReadPack } from '../registrar/staged-pack.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import { setSource } from '../../definition/pack/queries.ts'
import { holderOf } from '../../access/permission/delegation.ts'
import type { SourceSettings } from './obtain.ts'

export type InstallContext = {
  database: Database
  sourcing: Pick<SourceSettings, 'packs_base_dir' | 'cipher' | 'run_suite'>
  by: RequestContext
  force: boolean
  skip_tests: boolean
  /** How it came, as the record says. */
  verb: 'uploaded' | 'installed' | 'registered'
}

/**
 * How files that came from outside are registered: who brought them from where is written down in the same transaction.
 * What ships with the product is not replaced by something that calls itself the same, and nothing is run of a pack
 * that is not what its index says.
 */
export function optionsOf(bringing: InstallContext, folder: string): InstallOptions {
  const { by, force, skip_tests, verb } = bringing
  const { packs_base_dir, cipher, run_suite } = bringing.sourcing
  const holder = holderOf(by.caller)
  return {
    packs_base_dir,
    folder,
    force,
    cipher,
    holder,
    correlation_id: by.request_id,
    ...(run_suite === undefined || skip_tests ? {} : { run_suite }),
    vet(read, existing) {
      requirePromised(read)
      if (existing?.is_standard === true) throw isStandard(existing)
    },
    async alongside(tx, pack, { origin }) {
      if (pack.is_standard) throw isStandard(pack)
      const { source_type, source_url, source_ref, checksum_verified, git_commit, fetched } = origin
      const source = { source_type, source_url, source_ref, checksum_verified }
      await recordChange(tx, verb, pack, { by, details: { ...source, git_commit, fetched } })
      return setSource(tx, pack.id, { ...source, installed_by: answerableFor(holder) })
    },
  }
}

function requirePromised({ pack: { ref, version }, origin: { promised } }: ReadPack): void {
  if (promised === null || (promised.ref === ref && promised.version === version)) return
  const message = `the index says it is '${promised.ref}' ${promised.version}, but it is '${ref}' ${version}`
  throw new Problem('BAD_REQUEST', `source: ${message}`, [{ field: 'source', message }])
}

function isStandard({ ref }: Pack): Problem {
  return new Problem(
    'CONFLICT',
    `The pack '${ref}' ships with the product and is not replaced from outside.`,
    [{ field: 'pack', message: 'has the ref of a pack that ships with the product' }],
  )
}
