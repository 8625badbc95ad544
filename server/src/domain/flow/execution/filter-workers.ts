import { anyRelease, satisfies } from '../../definition/form/version.ts'
import { unfitPart, type PlacementPart } from '../../definition/form/placement.ts'
import type { RequestedRuntimeVersion, WantedVersion } from './requirement.ts'
import { listOf, staleAfterSeconds, type UnschedulableReason } from './unschedulable.ts'
import { versionsOf, type WorkerProfile } from './worker-profile.ts'

export type FilterName = Exclude<UnschedulableReason, 'no_worker_registered'>

/** Says why a worker will not do, or nothing. */
type Objection = (profile: WorkerProfile, wanted: RequestedRuntimeVersion) => string | undefined

/** In the order in which they are asked, which decides the reason that is given. */
const filters: readonly { name: FilterName; objection: Objection }[] = [
  { name: 'runtime', objection: lacksRuntime },
  { name: 'version', objection: lacksVersion },
  { name: 'required_runtimes', objection: lacksRequiredRuntime },
  { name: 'placement', objection: isUnwanted },
  { name: 'unavailable', objection: isUnavailable },
  { name: 'stale', objection: isStale },
]

/** The workers that pass every filter, or the filter that none passed and those who came as far as it. */
type FilteredWorkers =
  | { kind: 'some'; fitting: WorkerProfile[] }
  | { kind: 'none'; reason: UnschedulableReason; reached: readonly WorkerProfile[] }

export function filterWorkers(
  profiles: readonly WorkerProfile[],
  wanted: RequestedRuntimeVersion,
): FilteredWorkers {
  if (profiles.length === 0) return { kind: 'none', reason: 'no_worker_registered', reached: [] }
  let reached = [...profiles]
  for (const { name, objection } of filters) {
    const passed = reached.filter((profile) => objection(profile, wanted) === undefined)
    if (passed.length === 0) return { kind: 'none', reason: name, reached }
    reached = passed
  }
  return { kind: 'some', fitting: reached }
}

/** A worker that was not chosen, and the first filter that it failed. */
export type RemovedWorkers = { worker: string; filter: FilterName; why: string }

export function removedFrom(
  profiles: readonly WorkerProfile[],
  wanted: RequestedRuntimeVersion,
): RemovedWorkers[] {
  return profiles.flatMap((profile) => {
    const failed = filters.find(({ objection }) => objection(profile, wanted) !== undefined)
    const why = failed?.objection(profile, wanted)
    return failed === undefined || why === undefined
      ? []
      : [{ worker: profile.worker.name, filter: failed.name, why }]
  })
}

function lacksRuntime({ runtimes }: WorkerProfile, { runtime }: RequestedRuntimeVersion): string | undefined {
  if (runtime === undefined || runtime.some((name) => runtimes.has(name))) return undefined
  return `offers ${listOf(runtimes)}`
}

function lacksVersion(
  profile: WorkerProfile,
  { runtime = [], version }: RequestedRuntimeVersion,
): string | undefined {
  if (version === undefined) return undefined
  const versions = versionsOf(profile, runtime)
  return hasVersion(versions, version) ? undefined : `has ${listOf(versions)}`
}

function lacksRequiredRuntime(
  profile: WorkerProfile,
  { required_runtimes: required }: RequestedRuntimeVersion,
): string | undefined {
  if (required === 'malformed') return 'the required runtimes cannot be read'
  const missing = [...required].filter(([name, version]) => !hasRuntime(profile, name, version))
  return missing.length === 0
    ? undefined
    : `lacks ${listOf(missing.map(([name, { text }]) => `${name} ${text}`))}`
}

function hasRuntime(profile: WorkerProfile, name: string, version: WantedVersion): boolean {
  if (!profile.runtimes.has(name)) return false
  // Any version will do, even one that nobody knows.
  return version.constraint === anyRelease || hasVersion(versionsOf(profile, [name]), version)
}

function hasVersion(versions: readonly string[], { constraint }: WantedVersion): boolean {
  return constraint !== undefined && versions.some((version) => satisfies(version, constraint))
}

const unwanted = {
  selector: 'does not have the labels of the worker selector',
  taints: 'has a taint that is not tolerated',
  affinity: 'is kept out by the affinity',
} as const satisfies Record<PlacementPart, string>

function isUnwanted({ marks }: WorkerProfile, { placements }: RequestedRuntimeVersion): string | undefined {
  if (placements === 'malformed') return 'the placement cannot be read'
  if (marks === undefined) return 'its labels or taints cannot be read'
  const part = placements
    .map((placement) => unfitPart(marks.labels, marks.taints, placement))
    .find((unfit) => unfit !== undefined)
  if (part === undefined) return undefined
  const labels = Object.entries(marks.labels).map(([key, value]) => `${key}=${value}`)
  const taints = marks.taints.map(({ key, value }) => (value == null ? key : `${key}=${value}`))
  return `${unwanted[part]}: has labels ${listOf(labels)} and taints ${listOf(taints)}`
}

function isUnavailable({ worker }: WorkerProfile): string | undefined {
  if (worker.cordoned) return worker.cordon_reason ? `is cordoned: ${worker.cordon_reason}` : 'is cordoned'
  return worker.status === 'active' ? undefined : `is ${worker.status}`
}

function isStale({ worker }: WorkerProfile): string | undefined {
  const age = worker.heartbeat_age_seconds
  if (age === null) return 'has never sent a heartbeat'
  return age <= staleAfterSeconds ? undefined : `sent its last heartbeat ${Math.round(age)} s ago`
}
