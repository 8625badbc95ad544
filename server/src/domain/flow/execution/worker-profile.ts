import type { Id } from '../../../id.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { canonicalRuntimeName } from '../../definition/runtime/name.ts'
import { type Labels, parseMarks, type Taint } from '../../definition/form/placement.ts'

/** An action worker as its row describes it. `load` is the number of executions it has now. */
export type WorkerCandidate = {
  id: Id<'worker'>
  name: string
  status: 'active' | 'inactive' | 'busy' | 'error'
  cordoned: boolean
  cordon_reason?: string | null
  heartbeat_age_seconds: number | null
  capabilities: Json
  load: number
}

/** What a worker offers, read once per batch. */
export type WorkerProfile = {
  worker: WorkerCandidate
  /** Canonical names. */
  runtimes: ReadonlySet<string>
  /** Versions verified on the worker, by canonical runtime name. */
  versions: ReadonlyMap<string, readonly string[]>
  /** Versions that interpreters found on the worker report of themselves. */
  detected: ReadonlyMap<string, readonly string[]>
  /** `undefined` when labels or taints are malformed: nothing may be placed there. */
  marks: { labels: Labels; taints: readonly Taint[] } | undefined
  slots: number
}

const defaultSlots = 10

export function profileOf(worker: WorkerCandidate): WorkerProfile {
  const capabilities = isJsonObject(worker.capabilities) ? worker.capabilities : {}
  const slots = capabilities['max_concurrent_executions']
  return {
    worker,
    ...offerOf(capabilities),
    marks: parseMarks(capabilities),
    slots: typeof slots === 'number' && slots >= 0 ? slots : defaultSlots,
  }
}

/** What a worker has to run programs by. */
export type WorkerOffer = Pick<WorkerProfile, 'runtimes' | 'versions' | 'detected'>

export function offerOf(capabilities: JsonObject): WorkerOffer {
  return {
    runtimes: new Set(texts(capabilities['runtimes']).map(canonicalRuntimeName)),
    versions: byRuntime(verifiedVersions(capabilities['runtime_versions'])),
    detected: byRuntime(detectedVersions(capabilities['detected_interpreters'])),
  }
}

/** Versions a worker has of any of these canonical names; what is detected counts if nothing is verified. */
export function versionsOf(
  { versions, detected }: Pick<WorkerProfile, 'versions' | 'detected'>,
  names: readonly string[],
): string[] {
  const verified = names.flatMap((name) => versions.get(name) ?? [])
  return verified.length > 0 ? verified : names.flatMap((name) => detected.get(name) ?? [])
}

type Version = { name: string; version: string }

function verifiedVersions(given: Json | undefined): Version[] {
  const lists = isJsonObject(given) ? Object.entries(given) : []
  return lists.flatMap(([name, versions]) => texts(versions).map((version) => ({ name, version })))
}

function detectedVersions(given: Json | undefined): Version[] {
  const interpreters = Array.isArray(given) ? given.filter(isJsonObject) : []
  return interpreters.flatMap(({ name, version }) =>
    typeof name === 'string' && typeof version === 'string' ? [{ name, version }] : [],
  )
}

function byRuntime(versions: readonly Version[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { name, version } of versions) {
    const canonical = canonicalRuntimeName(name)
    const list = found.get(canonical) ?? []
    list.push(version)
    found.set(canonical, list)
  }
  return found
}

/** The strings of a list; rows written by others may hold anything. */
function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
