import type { Transaction } from '../../../database/database.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { publish } from '../../../messages/publish.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import { type Changing, recordChange } from '../form/change-record.ts'
import { refuse, refuseTaken } from '../form/check.ts'
import { patched } from '../../schema/body-fields.ts'
import { keyRefsOn } from '../action/queries.ts'
import { requireNameable } from '../key/naming.ts'
import * as packs from '../pack/queries.ts'
import { requireChange, requireCreate } from '../../access/permission/change.ts'
import type { CreateRuntime, NewVersion, UpdateRuntime } from './body.ts'
import * as runtimes from './queries.ts'
import type { Runtime } from './runtime.ts'

type Writing = Changing & { tx: Transaction }

/** Makes a runtime by hand, of a pack or of none. Workers look whether they have it. */
export async function createRuntime(writing: Writing, body: CreateRuntime): Promise<Runtime> {
  const { tx, caller } = writing
  const { ref, pack_ref = null } = body
  refuse('VALIDATION_ERROR', [...checkRef(ref), ...checkConfiguration(body), ...checkVersions(body.versions)])
  requireCreate(caller, ['runtimes', 'create'], { ref, pack_ref, what: `the runtime '${ref}'` })
  refuseTaken('runtime', ref, await runtimes.findByRef(tx, ref))
  const pack = pack_ref === null ? undefined : await packs.getByRef(tx, pack_ref, 'pack_ref')
  const runtime = await runtimes.insert(
    tx,
    { id: pack?.id ?? null, ref: pack?.ref ?? null },
    {
      ref,
      name: body.name,
      description: body.description ?? null,
      aliases: aliasesOf(body.aliases ?? []),
      distributions: body.distributions ?? {},
      installation: body.installation ?? null,
      execution_config: body.execution_config ?? {},
    },
  )
  await keepVersions(writing, runtime, body.versions)
  await told(writing, runtime, 'created')
  return runtime
}

/** A runtime is code of the actions that run by it: whoever changes it must be allowed to read the keys that these get. */
export async function updateRuntime(writing: Writing, ref: string, body: UpdateRuntime): Promise<Runtime> {
  refuse('VALIDATION_ERROR', [...checkConfiguration(body), ...checkVersions(body.versions)])
  const before = await getToChange(writing, ref, 'update')
  const { tx, caller } = writing
  await requireNameable(tx, caller, await keyRefsOn(tx, { pack_ref: null, runtime_refs: [ref] }))
  const runtime = await runtimes.update(writing.tx, before.id, {
    name: body.name ?? before.name,
    description: body.description ?? before.description,
    aliases: body.aliases == null ? before.aliases : aliasesOf(body.aliases),
    distributions: body.distributions ?? before.distributions,
    installation: patched(body.installation, before.installation),
    execution_config: body.execution_config ?? before.execution_config,
  })
  await keepVersions(writing, runtime, body.versions)
  await told(writing, runtime, 'updated')
  return runtime
}

/** Its versions and the sensors that run by it go with it; actions that run by it keep it. */
export async function deleteRuntime(writing: Writing, ref: string): Promise<void> {
  const runtime = await getToChange(writing, ref, 'delete')
  const user = await runtimes.findUser(writing.tx, runtime.id)
  if (user !== undefined) {
    const message = 'still runs actions; give them another runtime or delete them first'
    throw new Problem('UNPROCESSABLE_ENTITY', `The runtime '${ref}' ${message}.`, [{ field: 'ref', message }])
  }
  await runtimes.remove(writing.tx, [ref])
  await told(writing, runtime, 'deleted')
}

function aliasesOf(aliases: readonly string[]): string[] {
  return [...new Set(aliases.map((alias) => alias.trim().toLowerCase()))]
}

function checkRef(ref: string): FieldProblem[] {
  return /^[a-z0-9_.-]+$/.test(ref)
    ? []
    : [{ field: 'ref', message: 'must be of a-z, 0-9, ., _ and -, such as pack.name' }]
}

/** What would start programs with variables that only the platform sets. */
function checkConfiguration({ execution_config }: { execution_config?: JsonObject | null }): FieldProblem[] {
  const variables = execution_config?.['env_vars'] ?? null
  return Object.keys(isJsonObject(variables) ? variables : {}).flatMap((name) => {
    const field = `execution_config.env_vars.${name}`
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      return [{ field, message: 'is not a name of an environment variable' }]
    return name.startsWith('ATTUNE_')
      ? [{ field, message: 'begins with ATTUNE_, which is reserved for the platform' }]
      : []
  })
}

const numbers = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+.].*)?$/

function checkVersions(versions: readonly NewVersion[] | null | undefined): FieldProblem[] {
  const list = versions ?? []
  const each = list.flatMap(({ version }, index) => {
    const field = `versions.${index}.version`
    if (!numbers.test(version)) return [{ field, message: 'must be a version such as 3.12' }]
    const first = list.findIndex((other) => other.version === version)
    return first < index ? [{ field, message: 'is listed twice' }] : []
  })
  const several = list.filter(({ is_default }) => is_default === true).length > 1
  return several ? [...each, { field: 'versions', message: 'has several defaults; leave one' }] : each
}

async function keepVersions(
  { tx }: Writing,
  runtime: Runtime,
  versions: readonly NewVersion[] | null | undefined,
): Promise<void> {
  if (versions == null) return
  await runtimes.writeVersions(tx, [
    { runtime: runtime.id, runtime_ref: runtime.ref, versions: versions.map(contentOf) },
  ])
}

function contentOf(given: NewVersion): runtimes.RuntimeVersionContent {
  const [, major, minor, patch] = numbers.exec(given.version) ?? []
  return {
    version: given.version,
    version_major: Number(major),
    version_minor: minor === undefined ? null : Number(minor),
    version_patch: patch === undefined ? null : Number(patch),
    is_default: given.is_default ?? false,
    distributions: given.distributions ?? {},
    execution_config: given.execution_config ?? {},
    meta: given.meta ?? {},
  }
}

async function told(writing: Writing, runtime: Runtime, done: string): Promise<void> {
  const { tx, request_id } = writing
  const payload = { runtime_id: runtime.id, runtime_ref: runtime.ref }
  await publish(tx, 'RuntimeChanged', [{ payload, correlation_id: request_id }])
  await recordChange(tx, writing, { kind: 'runtime', done, resource: runtime })
}

async function getToChange(
  { tx, caller }: Writing,
  ref: string,
  change: 'update' | 'delete',
): Promise<Runtime> {
  const runtime = await runtimes.lockByRef(tx, ref)
  if (runtime === undefined) throw noSuchRuntime(ref)
  const { id, pack_ref } = runtime
  const target = { id, ref, pack_ref, what: `the runtime '${ref}'` }
  requireChange(caller, ['runtimes', change], target, noSuchRuntime)
  return runtime
}

export function noSuchRuntime(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no runtime '${ref}'.`)
}
