import type { Queryable } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import { runnableActions } from '../../definition/action/runnable.ts'
import * as workers from '../../flow/worker/queries.ts'
import type { TraceRows } from './assemble.ts'
import { wantsPlacement } from './reasons.ts'
import * as rows from './rows.ts'
import type { TraceSection, TraceVisibility } from './visibility.ts'
import type { Trace, WaitingMessage } from './trace.ts'

/** Where a trace starts: at an event, or at an execution that nothing caused. */
type Start = {
  asked: Trace['asked']
  event: Id<'event'> | null
  enforcement: Id<'enforcement'> | null
  root: Id<'execution'> | null
  path: readonly Id<'execution'>[]
  correlation_id: string | null
}

/** What became of an event; undefined if there is none for the caller. */
export async function fromEvent(
  db: Queryable,
  id: Id<'event'>,
  visibility: TraceVisibility,
): Promise<TraceRows | undefined> {
  const event = await rows.findEvent(db, id, visibility.readable.event)
  if (event?.readable !== true) return undefined
  const start = { enforcement: null, root: null, path: [], correlation_id: event.correlation_id }
  return collect(db, { ...start, asked: { kind: 'event', id }, event: id }, { visibility, event })
}

/** The flow that an execution belongs to, from its very start; undefined if there is no such execution for the caller. */
export async function fromExecution(
  db: Queryable,
  id: Id<'execution'>,
  visibility: TraceVisibility,
): Promise<TraceRows | undefined> {
  const ancestry = await rows.findAncestry(db, id, visibility.readable.executions)
  if (ancestry === undefined) return undefined
  const event =
    ancestry.event === null ? undefined : await rows.findEvent(db, ancestry.event, visibility.readable.event)
  return collect(db, { ...ancestry, asked: { kind: 'execution', id } }, { visibility, event })
}

type Reading = { visibility: TraceVisibility; event: rows.EventRow | undefined }

async function collect(db: Queryable, start: Start, { visibility, event }: Reading): Promise<TraceRows> {
  const enforcements = await rows.findEnforcements(db, start, visibility.readable.enforcements)
  const executions = await executionsOf(db, start, { visibility, enforcements })
  const { asked, path, correlation_id } = start
  const shown = shownOf({ event, enforcements, executions })
  const open = shown.executions ?? []
  return {
    asked,
    path,
    correlation_id,
    now: new Date().toISOString(),
    event: shown.event,
    decisions: decisionsOf(shown.event, visibility),
    enforcements: visibility.sees('enforcements') ? shown.enforcements : undefined,
    executions: shown.executions,
    executed: executions && new Set(executions.map(({ enforcement }) => enforcement)),
    tellsOrigins: visibility.tellsOrigins,
    steps: await rows.findSteps(db, idsOf(open)),
    messages: await messagesOf(db, correlation_id, shown),
    letters: await lettersOf(db, correlation_id, visibility),
    cancels: await rows.findCancels(db, idsOf(open.filter(isCancelled))),
    ...(await placementOf(db, open.filter(wantsPlacement), visibility)),
    withheld: visibility.withheld(hiddenOf({ event, enforcements, executions })),
  }
}

type Rows = {
  event: rows.EventRow | undefined
  enforcements: readonly rows.EnforcementRow[]
  executions: readonly rows.ExecutionRow[] | undefined
}

function executionsOf(
  db: Queryable,
  { root, path }: Start,
  { visibility, enforcements }: { visibility: TraceVisibility; enforcements: readonly rows.EnforcementRow[] },
): Promise<rows.ExecutionRow[]> | undefined {
  if (!visibility.sees('executions')) return undefined
  const roots = { enforcements: idsOf(enforcements), executions: root === null ? [] : [root] }
  return rows.findExecutions(db, roots, { path, readable: visibility.readable.executions })
}

/** What of the rows the caller may read. */
function shownOf({ event, enforcements, executions }: Rows): Rows {
  return {
    event: event?.readable === true ? event : undefined,
    enforcements: enforcements.filter(({ readable }) => readable),
    executions: executions?.filter(({ readable }) => readable),
  }
}

/** The sections of which a row is not for the caller. */
function hiddenOf({ event, enforcements, executions = [] }: Rows): TraceSection[] {
  const hidden = (row: { readable: boolean }) => !row.readable
  return [
    ...(event?.readable === false ? (['event'] as const) : []),
    ...(enforcements.some(hidden) ? (['enforcements'] as const) : []),
    ...(executions.some(hidden) ? (['executions'] as const) : []),
  ]
}

function decisionsOf(event: rows.EventRow | undefined, visibility: TraceVisibility) {
  const decisions = event?.decisions ?? []
  return decisions.filter(({ rule, rule_ref }) => visibility.knowsRule({ id: rule, ref: rule_ref }))
}

function isCancelled({ status }: rows.ExecutionRow): boolean {
  return status === 'cancelled' || status === 'canceling'
}

function idsOf<Key>(list: readonly { id: Key }[]): Key[] {
  return list.map(({ id }) => id)
}

/** What waits about rows that are shown; of what else a message names, only rows that are shown. */
async function messagesOf(
  db: Queryable,
  correlationId: string | null,
  { event, enforcements, executions = [] }: Rows,
): Promise<WaitingMessage[]> {
  if (correlationId === null) return []
  const shown = new Set<unknown>([
    `event ${event?.id}`,
    ...enforcements.map(({ id }) => `enforcement ${id}`),
    ...executions.map(({ id }) => `execution ${id}`),
  ])
  const waiting = await rows.findWaiting(db, correlationId)
  return waiting
    .filter((message) => shown.has(subjectOf(message)))
    .map((message) => ({
      ...message,
      event: shown.has(`event ${message.event}`) ? message.event : null,
      enforcement: shown.has(`enforcement ${message.enforcement}`) ? message.enforcement : null,
    }))
}

function subjectOf({ execution, enforcement, event }: WaitingMessage): string {
  if (execution !== null) return `execution ${execution}`
  return enforcement === null ? `event ${event}` : `enforcement ${enforcement}`
}

async function lettersOf(db: Queryable, correlationId: string | null, visibility: TraceVisibility) {
  if (!visibility.sees('dead_letters')) return undefined
  return correlationId === null ? [] : rows.findLetters(db, correlationId)
}

/** What the scheduler would look at, where something waits for it. */
async function placementOf(
  db: Queryable,
  unplaced: readonly rows.ExecutionRow[],
  visibility: TraceVisibility,
): Promise<Pick<TraceRows, 'workforce' | 'actions'>> {
  if (unplaced.length === 0) return { workforce: undefined, actions: new Map() }
  const actions = await runnableActions(
    db,
    unplaced.flatMap(({ action }) => (action === null ? [] : [action])),
  )
  if (!visibility.sees('placement')) return { workforce: undefined, actions }
  return {
    workforce: { workers: await workers.candidates(db), others: await rows.otherWorkers(db) },
    actions,
  }
}
