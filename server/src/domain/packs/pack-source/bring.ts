import type { Database } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import { answerableFor } from '../../caller/caller.ts'
import type { Asking } from '../../caller/asking.ts'
import { recordChange } from '../../definition/pack/audit.ts'
import { type Installed, installPack, installPacks, type InstallRequest } from '../registrar/install.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import { setSource } from '../../definition/pack/queries.ts'
import { holderOf } from '../../access/permission/delegation.ts'
import type { Obtained, Sourcing } from './obtain.ts'

export type Bringing = {
  database: Database
  sourcing: Pick<Sourcing, 'packs_base_dir' | 'cipher' | 'run_suite'>
  by: Asking
  force: boolean
  skip_tests: boolean
  /** How it came, as the record says. */
  verb: 'uploaded' | 'installed' | 'registered'
}

/**
 * Registers files that came from outside, and writes down who brought them from where, all in one transaction.
 * What ships with the product is not replaced by something that calls itself the same, and nothing is run of a pack
 * that is not what its index says.
 */
export function bring(bringing: Bringing, obtained: Obtained): Promise<Installed> {
  return installPack(bringing.database, requestFor(bringing, obtained))
}

/** As `bring`, for a pack and those that it needs, which come first: all of them or none. */
export function bringTogether(bringing: Bringing, all: readonly Obtained[]): Promise<Installed[]> {
  return installPacks(
    bringing.database,
    all.map((obtained) => requestFor(bringing, obtained)),
  )
}

function requestFor(bringing: Bringing, obtained: Obtained): InstallRequest {
  const { by, force, skip_tests, verb } = bringing
  const { packs_base_dir, cipher, run_suite } = bringing.sourcing
  const holder = holderOf(by.caller)
  const { source_type, source_url, source_ref, checksum_verified, git_commit, checksum } = obtained
  return {
    path: obtained.directory,
    force,
    packs_base_dir,
    cipher,
    holder,
    correlation_id: by.request_id,
    ...(run_suite === undefined || skip_tests ? {} : { run_suite }),
    vet(definition, existing) {
      requirePromised(definition, obtained)
      if (existing?.is_standard === true) throw isStandard(existing)
    },
    async alongside(tx, pack) {
      if (pack.is_standard) throw isStandard(pack)
      const origin = { source_type, source_url, source_ref, checksum_verified }
      await recordChange(tx, verb, pack, { by, details: { ...origin, git_commit, fetched: checksum } })
      return setSource(tx, pack.id, { ...origin, installed_by: answerableFor(holder) })
    },
  }
}

function requirePromised({ ref, version }: Pick<Pack, 'ref' | 'version'>, { promised }: Obtained): void {
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
