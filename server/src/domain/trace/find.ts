import type { Queryable } from '../../database/database.ts'
import type { Caller } from '../../http/caller.ts'
import { type Permission, permits } from '../../http/permission.ts'
import type { Id } from '../../id.ts'
import { runnableActions } from '../action/runnable.ts'
import * as workers from '../worker/queries.ts'
import type { Found } from './assemble.ts'
import { wantsPlacement } from './reasons.ts'
import * as rows from './rows.ts'
import type { Trace } from './trace.ts'

/** What of a trace a grant opens. */
const sections = {
  event: ['events', 'read'],
  enforcements: ['enforcements', 'read'],
  executions: ['executions', 'read'],
  placement: ['workers', 'read'],
  dead_letters: ['dead_letters', 'read'],
} as const satisfies Record<string, Permission>

type Section = keyof typeof sections

/** Which sections the caller may see, and those that it may not. */
export type Sight = { sees(section: Section): boolean; withheld: Trace['withheld'] }

export function sightOf(caller: Caller): Sight {
  const grants = caller.kind === 'access' || caller.kind === 'execution' ? caller.grants : []
  const withheld = Object.entries(sections)
    .filter(([, permission]) => !permits(grants, permission))
    .map(([section, permission]) => ({ section, permission: permission.join(':') }))
  return { sees: (section) => permits(grants, sections[section]), withheld }
}

/** Where a trace starts: at an event, or at an execution that nothing caused. */
type Start = {
  asked: Trace['asked']
  event: Id<'event'> | null
  enforcement: Id<'enforcement'> | null
  root: Id<'execution'> | null
  path: readonly Id<'execution'>[]
  correlation_id: string | null
}

/** What became of an event; undefined if there is none. */
export async function fromEvent(db: Queryable, id: Id<'event'>, sight: Sight): Promise<Found | undefined> {
  const event = await rows.findEvent(db, id)
  if (event === undefined) return undefined
  const start = { enforcement: null, root: null, path: [], correlation_id: event.correlation_id }
  return collect(db, { ...start, asked: { kind: 'event', id }, event: id }, { sight, event })
}

/** The flow that an execution belongs to, from its very start; undefined if there is no such execution. */
export async function fromExecution(
  db: Queryable,
  id: Id<'execution'>,
  sight: Sight,
): Promise<Found | undefined> {
  const ancestry = await rows.findAncestry(db, id)
  if (ancestry === undefined) return undefined
  const event = ancestry.event === null ? undefined : await rows.findEvent(db, ancestry.event)
  return collect(db, { ...ancestry, asked: { kind: 'execution', id } }, { sight, event })
}

type Reading = { sight: Sight; event: rows.EventRow | undefined }

async function collect(db: Queryable, start: Start, { sight, event }: Reading): Promise<Found> {
  const enforcements = await rows.findEnforcements(db, start.event, start.enforcement)
  const executions = sight.sees('executions')
    ? await rows.findExecutions(
        db,
        {
          enforcements: enforcements.map(({ id }) => id),
          executions: start.root === null ? [] : [start.root],
        },
        start.path,
      )
    : undefined
  const { correlation_id } = start
  const cancelled = (executions ?? []).filter(
    ({ status }) => status === 'cancelled' || status === 'canceling',
  )
  const unplaced = (executions ?? []).filter(wantsPlacement)
  return {
    asked: start.asked,
    path: start.path,
    correlation_id,
    now: new Date().toISOString(),
    event: sight.sees('event') ? event : undefined,
    enforcements: sight.sees('enforcements') ? enforcements : undefined,
    executions,
    steps: await rows.findSteps(
      db,
      (executions ?? []).map(({ id }) => id),
    ),
    messages: correlation_id === null ? [] : await rows.findWaiting(db, correlation_id),
    letters: await lettersOf(db, correlation_id, sight),
    cancels: await rows.findCancels(
      db,
      cancelled.map(({ id }) => id),
    ),
    ...(await placementOf(db, unplaced, sight)),
    withheld: sight.withheld,
  }
}

async function lettersOf(db: Queryable, correlationId: string | null, sight: Sight) {
  if (!sight.sees('dead_letters')) return undefined
  return correlationId === null ? [] : rows.findLetters(db, correlationId)
}

/** What the scheduler would look at, where something waits for it. */
async function placementOf(
  db: Queryable,
  unplaced: readonly rows.ExecutionRow[],
  sight: Sight,
): Promise<Pick<Found, 'workforce' | 'actions'>> {
  if (unplaced.length === 0) return { workforce: undefined, actions: new Map() }
  const actions = await runnableActions(
    db,
    unplaced.flatMap(({ action }) => (action === null ? [] : [action])),
  )
  if (!sight.sees('placement')) return { workforce: undefined, actions }
  return {
    workforce: { workers: await workers.candidates(db), others: await rows.otherWorkers(db) },
    actions,
  }
}
