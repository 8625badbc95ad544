import type { Id } from '../../../id.ts'
import { filterWorkers, type RemovedWorkers, removedFrom } from './filter-workers.ts'
import { score } from '../../definition/form/placement.ts'
import { readRequirement, type Requirement, type RequestedRuntimeVersion } from './requirement.ts'
import { explainUnschedulable, type UnschedulableReason } from './unschedulable.ts'
import { profileOf, type WorkerCandidate, type WorkerProfile } from './worker-profile.ts'

export type Placement =
  | { kind: 'placed'; worker: Id<'worker'> }
  | { kind: 'nowhere'; reason: UnschedulableReason; message: string; removed: RemovedWorkers[] }

/** A worker while a batch is placed: what is placed on it counts as load at once. */
type Seat = { profile: WorkerProfile; load: number }

/** The best seats for one requirement, equally preferred, or why there are none. */
type Choice = { kind: 'seats'; seats: readonly Seat[] } | (Placement & { kind: 'nowhere' })

/**
 * Places many executions at once, in order. Of the workers that pass every filter, the most preferred are
 * considered; among them the one with the most free slots is taken, then the one with the least load, then
 * they take turns in the order of their names. `turn` says whose turn it is first: a number that grows by the
 * length of each batch spreads batches of one.
 */
export function place(
  workers: readonly WorkerCandidate[],
  requirements: readonly Requirement[],
  turn: number,
): Placement[] {
  const profiles = workers.map(profileOf).sort((a, b) => compareText(a.worker.name, b.worker.name))
  const seats = profiles.map((profile) => ({ profile, load: profile.worker.load }))
  const choices = new Map<string, Choice>()
  return requirements.map((requirement, index) => {
    const key = keyOf(requirement)
    const choice = choices.get(key) ?? choose(seats, requirement)
    choices.set(key, choice)
    return choice.kind === 'nowhere' ? choice : take(choice.seats, turn + index)
  })
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Executions that ask for the same are filtered once. */
function keyOf(requirement: Requirement): string {
  return JSON.stringify([
    requirement.runtime?.names ?? null,
    requirement.runtime_version_constraint,
    requirement.required_worker_runtimes,
    requirement.placements,
  ])
}

function choose(seats: readonly Seat[], requirement: Requirement): Choice {
  const profiles = seats.map(({ profile }) => profile)
  const wanted = readRequirement(requirement)
  const filtered = filterWorkers(profiles, wanted)
  if (filtered.kind === 'some')
    return { kind: 'seats', seats: mostPreferred(seats, filtered.fitting, wanted) }
  return {
    kind: 'nowhere',
    reason: filtered.reason,
    message: explainUnschedulable(filtered.reason, { wanted, requirement, reached: filtered.reached }),
    removed: removedFrom(profiles, wanted),
  }
}

function mostPreferred(
  seats: readonly Seat[],
  fitting: readonly WorkerProfile[],
  wanted: RequestedRuntimeVersion,
): Seat[] {
  const fit = new Set(fitting)
  const scored = seats
    .filter(({ profile }) => fit.has(profile))
    .map((seat) => ({ seat, score: scoreOf(seat.profile, wanted.placements) }))
  const best = Math.max(...scored.map(({ score }) => score))
  return scored.filter(({ score }) => score === best).map(({ seat }) => seat)
}

function scoreOf({ marks }: WorkerProfile, placements: RequestedRuntimeVersion['placements']): number {
  if (marks === undefined || placements === 'malformed') return Number.NEGATIVE_INFINITY
  return score(marks.labels, marks.taints, placements)
}

function take(seats: readonly Seat[], turn: number): Placement {
  let tied: Seat[] = []
  for (const seat of seats) {
    const order = tied[0] === undefined ? -1 : compareSeats(seat, tied[0])
    if (order < 0) tied = [seat]
    if (order === 0) tied.push(seat)
  }
  const seat = tied[turn % tied.length]
  if (seat === undefined) throw new Error('A choice has at least one seat.')
  seat.load += 1
  return { kind: 'placed', worker: seat.profile.worker.id }
}

/** Negative if `a` is to be taken before `b`. A worker without a free slot is as full as any other such. */
function compareSeats(a: Seat, b: Seat): number {
  return freeSlots(b) - freeSlots(a) || a.load - b.load
}

function freeSlots({ profile, load }: Seat): number {
  return Math.max(profile.slots - load, 0)
}
