import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Static, Type } from 'typebox'
import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import { publish } from '../../../messages/publish.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { offerOf } from '../../flow/execution/worker-profile.ts'
import { recordChange } from '../../definition/pack/audit.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import * as packs from '../../definition/pack/queries.ts'
import { demandChange } from '../../definition/pack/visibility.ts'
import * as workers from '../../flow/worker/queries.ts'
import { findPacks, findRuntimes } from './find.ts'
import { EnvironmentState } from './pack-environment.ts'
import { environmentFolder } from './place.ts'
import * as environments from './queries.ts'
import { wantedEnvironments } from './wanted.ts'

const names = Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { minItems: 1, maxItems: 100 })

/** Fields of other clients that change nothing here, and why. */
const WITHOUT_EFFECT = {
  packs_base_dir: 'packs are where they were registered',
  python_version: 'the versions that actions ask for are built',
  nodejs_version: 'the versions that actions ask for are built',
  skip_python: 'what a pack has a manifest for is built',
  skip_nodejs: 'what a pack has a manifest for is built',
  timeout: 'the limit is worker.environment_timeout of each worker',
} as const

const ignored = Object.fromEntries(
  Object.entries(WITHOUT_EFFECT).map(([name, reason]) => [
    name,
    Type.Optional(Type.Unknown({ description: `Has no effect: ${reason}.` })),
  ]),
)

export const BuildRequest = Type.Object(
  {
    pack_refs: Type.Optional(names),
    pack_paths: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
        minItems: 1,
        maxItems: 100,
        description: 'Directories of registered packs, or their refs.',
      }),
    ),
    force_rebuild: Type.Optional(
      Type.Boolean({
        description: 'Make them anew although their manifests have not changed. Default false.',
      }),
    ),
    ...ignored,
  },
  { additionalProperties: false },
)
export type BuildRequest = Static<typeof BuildRequest>

/** What is to be built, as it stands now; workers build behind the answer. */
export const BuildStates = Type.Object(
  {
    environments: Type.Array(EnvironmentState),
    summary: Type.Object({
      total_packs: Type.Integer(),
      ready: Type.Integer(),
      failed: Type.Integer(),
      pending: Type.Integer({ description: 'Being built, or about to be.' }),
    }),
  },
  { title: 'PackBuildStates' },
)
export type BuildStates = Static<typeof BuildStates>

/**
 * Asks the workers to build the environments of packs. What each live worker is to have is written down at once, so
 * that whoever asked can see when it is done.
 */
export async function requestBuild(
  tx: Transaction,
  body: BuildRequest,
  { by, packs_base_dir }: { by: RequestContext; packs_base_dir: string },
): Promise<BuildStates> {
  const chosen = await choose(tx, body, by)
  const ids = chosen.map(({ id }) => id)
  await environments.enlist(tx, await expectedOf(tx, chosen, packs_base_dir))
  const anew = body.force_rebuild ?? false
  await environments.request(tx, ids, { anew })
  await publish(
    tx,
    'PackBuildRequested',
    chosen.map(({ id, ref }) => ({ payload: { pack_id: id, pack_ref: ref }, correlation_id: by.request_id })),
  )
  for (const pack of chosen) await recordChange(tx, 'build_requested', pack, { by, details: { force: anew } })
  return statesOf(await environments.findOf(tx, ids), chosen.length)
}

/** Why fields that were given are not taken. */
export function warningsFor(body: BuildRequest): string[] {
  return Object.entries(WITHOUT_EFFECT)
    .filter(([name]) => Object.hasOwn(body, name))
    .map(([name, reason]) => `${name} has no effect: ${reason}`)
}

async function choose(tx: Transaction, body: BuildRequest, by: RequestContext): Promise<Pack[]> {
  const refs = new Set([...(body.pack_refs ?? []), ...(await refsOfPaths(tx, body.pack_paths ?? []))])
  if (refs.size === 0) {
    const message = 'name the packs to build environments for'
    throw new Problem('VALIDATION_ERROR', `pack_refs: ${message}.`, [{ field: 'pack_refs', message }])
  }
  const chosen: Pack[] = []
  for (const ref of [...refs].toSorted()) {
    const pack = await packs.lockByRef(tx, ref)
    chosen.push(demandChange(by.caller, ['packs', 'configure'], { ref, pack }))
  }
  return chosen
}

/** A directory that is registered is its pack's; any other path names a pack by its last part. */
async function refsOfPaths(db: Queryable, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const registered = await db.many<{ ref: string; storage_path: string }>(
    sql`select ref, storage_path from pack where storage_path = any(${paths})`,
  )
  const refs = new Map(registered.map(({ ref, storage_path }) => [storage_path, ref]))
  return paths.map((path) => refs.get(path) ?? basename(path))
}

/** What every live worker is to have of these packs. */
async function expectedOf(
  db: Queryable,
  chosen: readonly Pack[],
  packs_base_dir: string,
): Promise<environments.IdentifiedEnvironment[]> {
  const [programs, runtimes, candidates] = await Promise.all([
    findPacks(
      db,
      chosen.map(({ id }) => id),
    ),
    findRuntimes(db),
    workers.candidates(db),
  ])
  const disks = candidates.flatMap(({ status, capabilities }) =>
    status === 'active' ? diskOf(capabilities) : [],
  )
  const expected = programs.flatMap((pack) =>
    disks.flatMap(({ volume, path, offer }) =>
      wantedEnvironments(pack.programs, runtimes, offer).map(({ runtime, version, config }) => ({
        manifest: join(
          pack.storage_path ?? join(packs_base_dir, pack.ref),
          config.dependencies.manifest_file,
        ),
        row: {
          pack: pack.id,
          pack_ref: pack.ref,
          runtime: runtime.id,
          runtime_ref: runtime.ref,
          runtime_version: version?.id ?? null,
          runtime_version_text: version?.version ?? null,
          volume,
          env_path: join(path, pack.ref, environmentFolder(runtime.ref, version?.version)),
        },
      })),
    ),
  )
  const there = await Promise.all(expected.map(({ manifest }) => isFile(manifest)))
  return expected.filter((_, index) => there[index]).map(({ row }) => row)
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Where a worker has its environments, and what it has; nothing where its row does not say. */
function diskOf(capabilities: Json) {
  if (!isJsonObject(capabilities) || !isJsonObject(capabilities.environments)) return []
  const { volume, path } = capabilities.environments
  if (typeof volume !== 'string' || !uuid.test(volume) || typeof path !== 'string') return []
  return [{ volume, path, offer: offerOf(capabilities) }]
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined) // nothing there is no file either
  return stats?.isFile() === true
}

function statesOf(found: EnvironmentState[], total_packs: number): BuildStates {
  const count = (status: string) => found.filter((one) => one.status === status).length
  const [ready, failed] = [count('ready'), count('failed')]
  return {
    environments: found,
    summary: { total_packs, ready, failed, pending: found.length - ready - failed },
  }
}
