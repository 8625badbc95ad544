import { checkPlacement } from '../../definition/form/placement.ts'
import type { Requirement, RequestedRuntimeVersion } from './requirement.ts'
import { versionsOf, type WorkerProfile } from './worker-profile.ts'

/** Why an execution cannot be placed: the filter that left no worker, in the order in which they are asked. */
export const unschedulableReasons = [
  'no_worker_registered',
  'runtime',
  'version',
  'required_runtimes',
  'placement',
  'unavailable',
  'stale',
] as const

export type UnschedulableReason = (typeof unschedulableReasons)[number]

/** Three missed heartbeats of 30 seconds. */
export const staleAfterSeconds = 90

/** What was asked for, and the workers that came as far as the filter that none passed. */
type Case = { wanted: RequestedRuntimeVersion; requirement: Requirement; reached: readonly WorkerProfile[] }

/** Tells the person whose execution fails what is missing and what to do about it. */
export function explainUnschedulable(reason: UnschedulableReason, given: Case): string {
  return explanations[reason](given)
}

const explanations = {
  no_worker_registered: () => 'No action worker is registered. Start one.',
  runtime: ({ wanted: { runtime = [] } }) =>
    `No action worker offers the runtime ${listOf(runtime)}. Start a worker that has it.`,
  version: explainVersion,
  required_runtimes: explainRequired,
  placement: explainPlacement,
  unavailable: ({ reached }) =>
    `All workers that fit are inactive or cordoned: ${namesOf(reached)}. Start or uncordon one.`,
  stale: ({ reached }) =>
    `All workers that fit have sent no heartbeat for ${staleAfterSeconds} s: ${namesOf(reached)}. Restart one.`,
} as const satisfies Record<UnschedulableReason, (given: Case) => string>

function explainVersion({ wanted, reached }: Case): string {
  const { runtime = [], version } = wanted
  const text = `"${version?.text ?? ''}"`
  if (version?.constraint === undefined)
    return `The runtime version ${text} is not a constraint. Write one such as ">=3.11,<4.0".`
  if (runtime.length === 0) return `The action wants version ${text} but names no runtime. Give it a runtime.`
  const known = listOf(reached.flatMap((profile) => versionsOf(profile, runtime)))
  return `No worker has ${runtime.join(' or ')} in a version that satisfies ${text}; known versions: ${known}. Install one or change the constraint.`
}

function explainRequired({ wanted: { required_runtimes: required } }: Case): string {
  if (required === 'malformed')
    return 'The required worker runtimes cannot be read. Write them as {"name": "constraint"}.'
  const unreadable = [...required].filter(([, { constraint }]) => constraint === undefined)
  if (unreadable.length > 0)
    return `The required worker runtimes have constraints that cannot be read: ${listed(unreadable)}. Write them such as ">=3.11,<4.0" or "*".`
  return `No worker that fits otherwise has all required runtimes: ${listed([...required])}. Start one that has.`
}

function listed(required: readonly (readonly [string, { text: string }])[]): string {
  return listOf(required.map(([name, { text }]) => `${name} ${text}`))
}

function explainPlacement({ wanted, requirement }: Case): string {
  if (wanted.placements !== 'malformed')
    return 'No worker that fits otherwise satisfies the worker selector, tolerations and affinity. Change them, or the labels and taints of a worker.'
  const [problem] = requirement.placements.flatMap((placement) => checkPlacement(placement, ''))
  const detail = problem === undefined ? '' : `: ${problem.field} ${problem.message}`
  return `The stored placement cannot be read${detail}. Correct it on the action or the execution.`
}

function namesOf(reached: readonly WorkerProfile[]): string {
  return listOf(reached.map(({ worker }) => worker.name))
}

const shown = 10

/** A short list for a message: workers may offer or lack many things. */
export function listOf(names: Iterable<string>): string {
  const all = [...new Set(names)]
  if (all.length === 0) return 'none'
  const rest = all.length - shown
  return `${all.slice(0, shown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
