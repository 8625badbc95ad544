import type { Id } from '../../../id.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import { type WorkerOffer, versionsOf } from '../../flow/execution/worker-profile.ts'
import { type ChosenVersion, chooseVersion } from '../../definition/runtime/choose-version.ts'
import { type ExecutionConfig, parseExecutionConfig } from '../../definition/runtime/execution-config.ts'
import { canonicalRuntimeName } from '../../definition/runtime/name.ts'

/** How an action or a sensor is run, as far as that decides which environments it needs. */
export type PackProgram = {
  runtime: Id<'runtime'> | null
  /** Of the version of its runtime. */
  constraint: string | null
  /** `required_worker_runtimes`: what it calls besides, with constraints. */
  required: Json
}

export type RuntimeWithVersions = {
  id: Id<'runtime'>
  ref: string
  name: string
  aliases: string[]
  execution_config: Json
  versions: VersionOfRuntime[]
}
export type VersionOfRuntime = {
  id: Id<'runtime_version'>
  version: string
  execution_config: Json
  /** Changes with the row. */
  updated: string
}

/** A config that has environments, which are built from a manifest. */
export type EnvironmentConfig = ExecutionConfig & {
  environment: NonNullable<ExecutionConfig['environment']>
  dependencies: NonNullable<ExecutionConfig['dependencies']>
}

/** An environment that a pack needs where it has the manifest. */
export type WantedEnvironment = {
  runtime: RuntimeWithVersions
  version: VersionOfRuntime | undefined
  config: EnvironmentConfig
}

/** By what a program runs on this worker, and the environments that must be there before. */
export type EnvironmentBase = {
  runs_by: ChosenVersion<VersionOfRuntime>
  /** Of the runtime that it runs by; undefined where that has none. */
  own: WantedEnvironment | undefined
  environments: WantedEnvironment[]
}

export function environmentBaseOf(
  program: PackProgram,
  runtimes: readonly RuntimeWithVersions[],
  offer: WorkerOffer,
): EnvironmentBase {
  const runtime = runtimes.find(({ id }) => id === program.runtime)
  const runs_by =
    runtime === undefined ? ({ kind: 'base' } as const) : choose(runtime, program.constraint, offer)
  const own = runtime === undefined ? undefined : wantedOf(runtime, runs_by)
  const others = requiredOf(program.required).flatMap(({ name, constraint }) =>
    runtimes
      .filter((one) => isCalled(one, name))
      .flatMap((one) => wantedOf(one, choose(one, constraint, offer)) ?? []),
  )
  return { runs_by, own, environments: distinct([...(own === undefined ? [] : [own]), ...others]) }
}

/** The environments of a pack on a worker: for each runtime that it has and that some program of the pack needs. */
export function wantedEnvironments(
  programs: readonly PackProgram[],
  runtimes: readonly RuntimeWithVersions[],
  offer: WorkerOffer,
): WantedEnvironment[] {
  const all = programs.flatMap((program) => environmentBaseOf(program, runtimes, offer).environments)
  return distinct(all).filter(({ runtime }) => namesOf(runtime).some((name) => offer.runtimes.has(name)))
}

/** The runtimes that some program of the pack needs, whatever worker has them. */
export function neededRuntimes(
  programs: readonly PackProgram[],
  runtimes: readonly RuntimeWithVersions[],
): Id<'runtime'>[] {
  const names = programs.flatMap(({ required }) => requiredOf(required).map(({ name }) => name))
  const needed = runtimes.filter(
    (runtime) =>
      programs.some((one) => one.runtime === runtime.id) || names.some((name) => isCalled(runtime, name)),
  )
  return needed.map(({ id }) => id)
}

function choose(
  runtime: RuntimeWithVersions,
  constraint: string | null,
  offer: WorkerOffer,
): ChosenVersion<VersionOfRuntime> {
  return chooseVersion(runtime.versions, { constraint, offered: versionsOf(offer, namesOf(runtime)) })
}

function wantedOf(
  runtime: RuntimeWithVersions,
  runsBy: ChosenVersion<VersionOfRuntime>,
): WantedEnvironment | undefined {
  if (runsBy.kind === 'none') return undefined
  const version = runsBy.kind === 'version' ? runsBy.version : undefined
  const parsed = parseExecutionConfig((version ?? runtime).execution_config)
  if ('problems' in parsed) return undefined // running by it is refused with the reason
  const { environment, dependencies } = parsed.config
  if (environment === undefined || dependencies === undefined) return undefined
  return { runtime, version, config: { ...parsed.config, environment, dependencies } }
}

/** Any release where the value is `*`. One that is no text is satisfied by no worker, so nothing runs here by it. */
function requiredOf(required: Json): { name: string; constraint: string | null }[] {
  if (!isJsonObject(required)) return []
  return Object.entries(required).flatMap(([name, constraint]) =>
    typeof constraint === 'string'
      ? [{ name: canonicalRuntimeName(name), constraint: constraint.trim() === '*' ? null : constraint }]
      : [],
  )
}

function isCalled(runtime: RuntimeWithVersions, name: string): boolean {
  return namesOf(runtime).includes(name)
}

function namesOf({ name, aliases }: RuntimeWithVersions): string[] {
  return [...new Set([name, ...aliases].map(canonicalRuntimeName))]
}

function distinct(wanted: readonly WantedEnvironment[]): WantedEnvironment[] {
  return [...new Map(wanted.map((one) => [`${one.runtime.id}:${one.version?.id ?? ''}`, one])).values()]
}
