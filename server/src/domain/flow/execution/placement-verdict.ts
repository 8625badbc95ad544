import { type FilterName, removedFrom } from './filter-workers.ts'
import { place } from './place.ts'
import { readRequirement, type Requirement } from './requirement.ts'
import type { UnschedulableReason } from './unschedulable.ts'
import { profileOf, type WorkerCandidate } from './worker-profile.ts'

/** Why a worker is not the one: the filter of the scheduler that it fails, or that it does not run actions at all. */
type IneligibleWorkers = { worker: string; filter: FilterName | 'role'; why: string }

export type PlacementVerdict = {
  /** The worker that would be taken. */
  worker: string | null
  reason: UnschedulableReason | null
  message: string
  removed: IneligibleWorkers[]
}

/** Workers as they are now: those that run actions, and the names of the others. */
export type Workforce = { workers: readonly WorkerCandidate[]; others: readonly string[] }

/** What the scheduler would decide about one execution at this moment, worker by worker. Nothing is placed. */
export function placementVerdict({ workers, others }: Workforce, requirement: Requirement): PlacementVerdict {
  const [placement] = place(workers, [requirement], 0)
  if (placement === undefined) throw new Error('One requirement has one placement.')
  const removed: IneligibleWorkers[] = [
    ...removedFrom(workers.map(profileOf), readRequirement(requirement)),
    ...others.map((worker) => ({ worker, filter: 'role' as const, why: 'runs sensors, not actions' })),
  ]
  switch (placement.kind) {
    case 'placed': {
      const worker = workers.find(({ id }) => id === placement.worker)?.name ?? String(placement.worker)
      return { worker, reason: null, message: `The worker ${worker} would take it now.`, removed }
    }
    case 'nowhere':
      return { worker: null, reason: placement.reason, message: placement.message, removed }
  }
}
