import { isJsonObject, type Json } from '../../../json.ts'
import { canonicalRuntimeName } from '../../definition/runtime/name.ts'
import { type Constraint, parseConstraint } from '../../definition/form/version.ts'
import { combine } from './combine.ts'
import {
  parsePlacement,
  type PlacementColumns,
  type PlacementRequest,
} from '../../definition/form/placement.ts'

/** What an execution asks of a worker, as stored. */
export type Requirement = {
  /** The action's runtime by its name and aliases; `undefined` for an action without one. */
  runtime: { names: string[] } | undefined
  runtime_version_constraint: string | null
  required_worker_runtimes: Json
  /** What its action asks for, and what its caller adds: a worker must suit all of them. */
  placements: readonly PlacementColumns[]
}

/** What of an action decides where it may run. */
export type DemandingAction = PlacementColumns & {
  runtime_name: string | null
  runtime_aliases: readonly string[] | null
  runtime_version_constraint: string | null
  required_worker_runtimes: Json
}

/** What the execution asks for itself narrows what its action asks for. */
export function requirementOf(execution: PlacementColumns, action: DemandingAction): Requirement {
  return {
    runtime: runtimeOf(action),
    runtime_version_constraint: action.runtime_version_constraint,
    required_worker_runtimes: action.required_worker_runtimes,
    placements: combine(columnsOf(action), columnsOf(execution)),
  }
}

/** Both have other columns too. */
function columnsOf({ worker_selector, worker_tolerations, worker_affinity }: PlacementColumns) {
  return { worker_selector, worker_tolerations, worker_affinity }
}

function runtimeOf({ runtime_name, runtime_aliases }: DemandingAction): Requirement['runtime'] {
  return runtime_name === null ? undefined : { names: [runtime_name, ...(runtime_aliases ?? [])] }
}

/** A version that must be there. A constraint that cannot be read is satisfied by nothing. */
export type WantedVersion = { text: string; constraint: Constraint | undefined }

/** A requirement ready for comparison. `undefined` inside means "asks for nothing", `malformed` fails closed. */
export type RequestedRuntimeVersion = {
  /** Canonical names, any of which will do. */
  runtime: readonly string[] | undefined
  version: WantedVersion | undefined
  required_runtimes: ReadonlyMap<string, WantedVersion> | 'malformed'
  placements: readonly PlacementRequest[] | 'malformed'
}

export function readRequirement(requirement: Requirement): RequestedRuntimeVersion {
  const { runtime, runtime_version_constraint: version } = requirement
  return {
    runtime: runtime && [...new Set(runtime.names.map(canonicalRuntimeName))],
    version: version === null || version.trim() === '' ? undefined : wantedVersion(version),
    required_runtimes: requiredRuntimes(requirement.required_worker_runtimes),
    placements: parseAll(requirement.placements),
  }
}

function parseAll(stored: readonly PlacementColumns[]): RequestedRuntimeVersion['placements'] {
  const parsed = stored.map(parsePlacement)
  return parsed.some((one) => one === undefined) ? 'malformed' : parsed.filter((one) => one !== undefined)
}

function wantedVersion(text: string): WantedVersion {
  return { text, constraint: parseConstraint(text) }
}

function requiredRuntimes(stored: Json): ReadonlyMap<string, WantedVersion> | 'malformed' {
  if (stored === null) return new Map()
  if (!isJsonObject(stored)) return 'malformed'
  return new Map(
    Object.entries(stored).map(([name, constraint]): [string, WantedVersion] => [
      canonicalRuntimeName(name),
      typeof constraint === 'string'
        ? wantedVersion(constraint)
        : { text: JSON.stringify(constraint), constraint: undefined },
    ]),
  )
}
