import { readFile } from 'node:fs/promises'
import type pg from 'pg'
import { TRIGGER } from './pack.ts'

/** What is found when a seed is over: the rows, and what the actions wrote themselves. */
export type Facts = {
  events: EventFact[]
  enforcements: EnforcementFact[]
  executions: ExecutionFact[]
  /** Steps of executions as the history has them. */
  steps: StepFact[]
  runs: Run[]
  dead_letters: { id: number; queue: string; type: string; error: string }[]
  /** Messages that nobody has taken: how many by place. */
  left: { place: string; count: number }[]
}
type EventFact = {
  id: number
  n: number
  /** What was decided by rule; null when nothing was. */
  decided: Readonly<Record<string, string>> | null
}
export type EnforcementFact = { id: number; event: number; rule_ref: string; status: string }
export type ExecutionFact = {
  id: number
  action_ref: string
  enforcement: number | null
  original_execution: number | null
  retry_count: number
  status: string
  explained: boolean
  /** Somebody wanted it to end, so it is not tried again. */
  cancel_requested: boolean
}
/** `from` is null for the insert. */
type StepFact = { execution: number; from: string | null; to: string }
/** One process of an action: when it began and, if it came so far, ended, by the machine's uptime. */
export type Run = { execution: number; pid: number; start_ms: number; end_ms: number | undefined }

/** Reads the rows of the load. Nothing runs any more, so they do not change in between. */
export async function readFacts(session: pg.Client, runLog: string): Promise<Omit<Facts, 'left'>> {
  const rows = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    (await session.query<Row>(text, values)).rows
  return {
    events: await rows<EventFact>(EVENTS, [TRIGGER]),
    enforcements: await rows<EnforcementFact>(
      'select id::float8, event::float8, rule_ref, status::text from enforcement order by id',
    ),
    executions: await rows<ExecutionFact>(EXECUTIONS),
    steps: await rows<StepFact>(STEPS),
    runs: parseRuns(await readFile(runLog, 'utf8').catch(() => '')),
    dead_letters: await rows('select id::float8, queue, type, error from dead_letter order by id'),
  }
}

const EVENTS = `
  select e.id::float8, (e.payload->>'n')::int as n,
    (select coalesce(jsonb_object_agg(d->>'rule_ref', d->>'outcome'), '{}')
     from event_decision x cross join jsonb_array_elements(x.decisions) d
     where x.event = e.id having count(*) > 0) as decided
  from event e
  where e.trigger_ref = $1
  order by e.id`

const EXECUTIONS = `
  select id::float8, action_ref, enforcement::float8, original_execution::float8, retry_count, status::text,
    coalesce(result->>'error', result->>'message', '') <> '' as explained, cancel_requested_at is not null as cancel_requested
  from execution
  order by id`

const STEPS = `
  select entity_id::float8 as execution, old_values->>'status' as from, new_values->>'status' as to
  from execution_history
  where new_values ? 'status' or old_values ? 'status'`

/** Lines are \`start|end execution pid uptime\`. A start without an end was killed, or could not write it. */
export function parseRuns(text: string): Run[] {
  const runs = new Map<string, Run>()
  const all: Run[] = []
  for (const line of text.split('\n')) {
    const [word, execution = '', pid = '', uptime = ''] = line.split(' ')
    const key = `${execution} ${pid}`
    const at_ms = Math.round(Number(uptime) * 1000)
    if (word === 'start') {
      const run = { execution: Number(execution), pid: Number(pid), start_ms: at_ms, end_ms: undefined }
      runs.set(key, run)
      all.push(run)
    }
    const begun = runs.get(key)
    if (word === 'end' && begun !== undefined) begun.end_ms = at_ms
  }
  return all
}

/**
 * Messages that somebody there will take; $1 are the names of the workers that are. Broadcasts to processes that are
 * gone expire, and the queue of a worker that was replaced under another name is nobody's.
 */
export const ON_THE_WAY = `queue not like 'attune.rules.lifecycle.%' and not exists (
      select from worker w where queue ~ ('^worker\\.' || w.id || '\\.') and w.name <> all($1))`

/** What is still to be done: zero when the flow has come to rest. */
export const UNFINISHED = `
  select
    (select count(*) from event e where not exists (select from event_decision d where d.event = e.id))::int as events,
    (select count(*) from event_decision where deferred_until is not null)::int as deferred,
    (select count(*) from enforcement where status = 'created')::int as enforcements,
    (select count(*) from execution where live)::int as executions,
    (select count(*) from execution e where status in ('failed', 'timeout', 'abandoned')
      and retry_count < coalesce(max_retries, 0) and cancel_requested_at is null
      and not exists (select from execution r where r.original_execution = coalesce(e.original_execution, e.id)
        and r.retry_count = e.retry_count + 1))::int as retries,
    (select count(*) from message where ${ON_THE_WAY})::int as messages,
    (select count(*) from outbox)::int as outbox`

export type Unfinished = {
  events: number
  deferred: number
  enforcements: number
  executions: number
  retries: number
  messages: number
  outbox: number
}

export function totalOf(unfinished: Unfinished): number {
  return Object.values(unfinished).reduce((sum, count) => sum + count, 0)
}
