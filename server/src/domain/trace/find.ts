import type { Queryable } from '../../database/database.ts'
import type { Id } from '../../id.ts'
import { runnableActions } from '../action/runnable.ts'
import * as workers from '../worker/queries.ts'
import type { Found } from './assemble.ts'
import { wantsPlacement } from './reasons.ts'
import * as rows from './rows.ts'
import type { Sight } from './sight.ts'
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
export async function fromEvent(db: Queryable, id: Id<'event'>, sight: Sight): Promise<Found | undefined> {
  const event = await rows.findEvent(db, id, sight.readable.event)
  if (event?.readable !== true) return undefined
  const start = { enforcement: null, root: null, path: [], correlation_id: event.correlation_id }
  return collect(db, { ...start, asked: { kind: 'event', id }, event: id }, { sight, event })
}

/** The flow that an execution belongs to, from its very start; undefined if there is no such execution for the caller. */
export async function fromExecution(
  db: Queryable,
  id: Id<'execution'>,
  sight: Sight,
): Promise<Found | undefined> {
  const ancestry = await rows.findAncestry(db, id, sight.readable.executions)
  if (ancestry === undefined) return undefined
  const event =
    ancestry.event === null ? undefined : await rows.findEvent(db, ancestry.event, sight.readable.event)
  return collect(db, { ...ancestry, asked: { kind: 'execution', id } }, { sight, event })
}

type Reading = { sight: Sight; event: rows.EventRow | undefined }

async function collect(db: Queryable, start: Start, { sight, event }: Reading): Promise<Found> {
  const enforcements = await rows.findEnforcements(db, start, sight.readable.enforcements)
  const executions = sight.sees('executions')
    ? await rows.findExecutions(
        db,
        {
          enforcements: enforcements.map(({ id }) => id),
          executions: start.root === null ? [] : [start.root],
        },
        { path: start.path, readable: sight.readable.executions },
      )
    : undefined
  const { correlation_id } = start
  const shown = {
    event: event?.readable === true ? event : undefined,
    enforcements: enforcements.filter(({ readable }) => readable),
    executions: executions?.filter(({ readable }) => readable),
  }
  const open = shown.executions ?? []
  return {
    asked: start.asked,
    path: start.path,
    correlation_id,
    now: new Date().toISOString(),
    event: shown.event,
    decisions: (shown.event?.decisions ?? []).filter(({ rule, rule_ref }) =>
      sight.knowsRule({ id: rule, ref: rule_ref }),
    ),
    enforcements: sight.sees('enforcements') ? shown.enforcements : undefined,
    executions: shown.executions,
    executed: executions && new Set(executions.map(({ enforcement }) => enforcement)),
    tellsOrigins: sight.tellsOrigins,
    steps: await rows.findSteps(
      db,
      open.map(({ id }) => id),
    ),
    messages: await messagesOf(db, correlation_id, shown),
    letters: await lettersOf(db, correlation_id, sight),
    cancels: await rows.findCancels(
      db,
      open.filter(({ status }) => status === 'cancelled' || status === 'canceling').map(({ id }) => id),
    ),
    ...(await placementOf(db, open.filter(wantsPlacement), sight)),
    withheld: sight.withheld([
      ...(event?.readable === false ? (['event'] as const) : []),
      ...(shown.enforcements.length < enforcements.length ? (['enforcements'] as const) : []),
      ...(open.length < (executions ?? []).length ? (['executions'] as const) : []),
    ]),
  }
}

type Shown = {
  event: rows.EventRow | undefined
  enforcements: readonly rows.EnforcementRow[]
  executions: readonly rows.ExecutionRow[] | undefined
}

/** What waits about rows that are shown; of what else a message names, only rows that are shown. */
async function messagesOf(
  db: Queryable,
  correlationId: string | null,
  { event, enforcements, executions = [] }: Shown,
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
