import { satisfies as isInRange } from 'semver'
import type { Queryable } from '../../../database/database.ts'
import { canonicalRuntimeName } from '../../definition/runtime/name.ts'
import { parseConstraint, satisfies } from '../../definition/form/version.ts'
import { offeredVersions } from '../../flow/worker/queries.ts'
import type { Surroundings } from './known.ts'
import { dependentsOf } from './needs.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'

/** What is right about a pack and may still go wrong: a language that no worker offers, a pack that wants another version. */
export async function forewarn(
  db: Queryable,
  pack: PackDefinition,
  around: Pick<Surroundings, 'packs'>,
): Promise<string[]> {
  return [...dependentsOf(pack.ref, around).flatMap(unless(pack.version)), ...(await languages(db, pack))]
}

function unless(version: string) {
  return ({ ref, text, range }: { ref: string; text: string; range: string }) =>
    isInRange(version, range) ? [] : [`the pack '${ref}' needs '${text}', which version ${version} is not`]
}

async function languages(db: Queryable, { least_versions }: PackDefinition): Promise<string[]> {
  const wanted = Object.entries(least_versions).filter(([, version]) => version !== null)
  if (wanted.length === 0) return []
  const offered = await offeredVersions(db)
  return wanted.flatMap(([language, version]) => {
    const constraint = parseConstraint(`>=${version ?? '0'}`)
    const found = offered.get(canonicalRuntimeName(language)) ?? []
    if (constraint === undefined || found.some((one) => satisfies(one, constraint))) return []
    return [`no live worker offers ${language} ${version} or later`]
  })
}
