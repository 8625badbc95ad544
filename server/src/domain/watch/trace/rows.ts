import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Enforcement } from '../../flow/enforcement/enforcement.ts'
import type { RuleDecision } from '../../definition/matching/decision.ts'
import type { Event } from '../../flow/event/event.ts'
import type { Execution } from '../../flow/execution/execution.ts'
import type { TracedLetter, WaitingMessage } from './trace.ts'

/** Rows of one kind at most: one more than a trace shows, so that it knows when it leaves something out. */
const LIMIT = 1001

export type EventRow = Pick<
  Event,
  'id' | 'trigger_ref' | 'source_ref' | 'rule_ref' | 'created' | 'correlation_id'
> & { decisions: RuleDecision[] | null; decided_at: string | null; deferred_until: string | null } & Readable

/** Whether the caller may read the row. Others are found too, since what is shown may hang on them. */
type Readable = { readable: boolean }

export function findEvent(db: Queryable, id: Id<'event'>, readable: Sql): Promise<EventRow | undefined> {
  return db.maybe(sql`
    select ${readable} as readable, e.id, e.trigger_ref, e.source_ref, e.rule_ref, e.created, e.correlation_id, d.decisions, d.decided_at, d.deferred_until
    from event e
    left join event_decision d on d.event = e.id and d.created = e.created
    where e.id = ${id}`)
}

/** The executions above one, itself included, and what the topmost comes from. */
export type Ancestry = {
  path: Id<'execution'>[]
  root: Id<'execution'>
  enforcement: Id<'enforcement'> | null
  event: Id<'event'> | null
  correlation_id: string | null
}

/** Of an execution that the caller may read. Climbs from tries to the first one and from children to parents. Union ends it, whatever rows say. */
export function findAncestry(
  db: Queryable,
  id: Id<'execution'>,
  readable: Sql,
): Promise<Ancestry | undefined> {
  return db.maybe(sql`
    with recursive above (id, next, depth) as (
      select e.id, coalesce(e.original_execution, e.parent), 0 from execution e where e.id = ${id} and ${readable}
      union
      select e.id, coalesce(e.original_execution, e.parent), above.depth + 1
      from above join execution e on e.id = above.next
      where above.depth < 1000),
    top as (select id from above order by depth desc limit 1)
    select (select jsonb_agg(id) from above) as path, e.id as root, e.enforcement, f.event, e.correlation_id
    from execution e
    left join enforcement f on f.id = e.enforcement
    where e.id = (select id from top)`)
}

export type EnforcementRow = Pick<
  Enforcement,
  'id' | 'rule' | 'rule_ref' | 'status' | 'created' | 'resolved_at' | 'disabled_reason'
> &
  Readable

/** Those of an event, or one by itself, whose event may be gone. Served by uq_enforcement_rule_event. */
export function findEnforcements(
  db: Queryable,
  { event, enforcement: also }: { event: Id<'event'> | null; enforcement: Id<'enforcement'> | null },
  readable: Sql,
): Promise<EnforcementRow[]> {
  return db.many(sql`
    select ${readable} as readable, e.id, e.rule, e.rule_ref, e.status, e.created, e.resolved_at, e.disabled_reason
    from enforcement e
    where (e.event = ${event} and e.rule is not null) or e.id = ${also}
    order by e.id = ${also} desc nulls last, e.id
    limit ${LIMIT}`)
}

export type ExecutionRow = Pick<
  Execution,
  | 'id'
  | 'action'
  | 'action_ref'
  | 'status'
  | 'enforcement'
  | 'parent'
  | 'original_execution'
  | 'retry_count'
  | 'max_retries'
  | 'attempt'
  | 'worker'
  | 'created'
  | 'started_at'
  | 'updated'
  | 'worker_selector'
  | 'worker_tolerations'
  | 'worker_affinity'
> &
  Readable & {
    worker_name: string | null
    worker_status: string | null
    /** Of the result only what the platform itself wrote there. */
    error: string | null
    message: string | null
    ended_by: string | null
    exit_code: number | null
  }

export type TraceRoots = {
  enforcements: readonly Id<'enforcement'>[]
  executions: readonly Id<'execution'>[]
}

/**
 * Everything below the roots and along the path to what was asked for. The first executions of enforcements come
 * from uq_execution_top_level_enforcement, tries from uq_execution_attempt, children from execution_parent.
 */
export function findExecutions(
  db: Queryable,
  roots: TraceRoots,
  { path, readable }: { path: readonly Id<'execution'>[]; readable: Sql },
): Promise<ExecutionRow[]> {
  return db.many(sql`
    with recursive below (id) as (
      (select id from execution where id = any(${roots.executions})
       union all
       select id from execution
       where enforcement = any(${roots.enforcements}) and parent is null and original_execution is null)
      union
      select n.id from below cross join lateral (
        select id from execution where parent = below.id
        union all
        select id from execution where original_execution = below.id) n),
    shown as (
      select id from execution where id = any(${path})
      union
      select id from (select id from below limit ${LIMIT}) as first)
    select ${readable} as readable, e.id, e.action, e.action_ref, e.status, e.enforcement, e.parent, e.original_execution, e.retry_count,
      e.max_retries, e.attempt, e.worker, e.created, e.started_at, e.updated, e.worker_selector, e.worker_tolerations,
      e.worker_affinity, w.name as worker_name, w.status as worker_status,
      left(e.result->>'error', 500) as error, left(e.result->>'message', 2000) as message,
      coalesce(e.result->>'failed_by', e.result->>'abandoned_by') as ended_by,
      case when jsonb_typeof(e.result->'exit_code') = 'number' then (e.result->>'exit_code')::numeric::float8 end
        as exit_code
    from shown join execution e on e.id = shown.id
    left join worker w on w.id = e.worker
    order by e.id`)
}

export type StepRow = { execution: Id<'execution'>; at: string; status: string }

/** Steps of executions, oldest first. Served by execution_history_entity. */
export function findSteps(db: Queryable, ids: readonly Id<'execution'>[]): Promise<StepRow[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db.many(sql`
    select entity_id as execution, time as at, new_values->>'status' as status
    from execution_history
    where entity_id = any(${ids}) and new_values ? 'status'
    order by time, array_position(
      array['requested', 'scheduling', 'scheduled', 'running', 'canceling'], new_values->>'status') nulls last
    limit 20000`)
}

/**
 * What was said and not heard under a correlation id. Both tables hold what is under way and are read as a whole:
 * an index would cost every message what one curious person saves.
 */
export function findWaiting(db: Queryable, correlationId: string): Promise<WaitingMessage[]> {
  return db.many(sql`
    select type, stage, queue, (payload->>'event_id')::bigint as event,
      (payload->>'enforcement_id')::bigint as enforcement, (payload->>'execution_id')::bigint as execution,
      attempt, created, due_at, last_error
    from (
      select type, 'queue' as stage, queue, payload, attempt, created, due_at, last_error
      from message where correlation_id = ${correlationId}
      union all
      select type, 'outbox', null, payload, attempt, created, due_at, last_error
      from outbox where correlation_id = ${correlationId}) as waiting
    order by created
    limit 100`)
}

/** Messages put aside under a correlation id, newest first. Ids only where the payload has some. */
export function findLetters(db: Queryable, correlationId: string): Promise<TracedLetter[]> {
  return db.many(sql`
    select id, type, queue, case when payload->>'event_id' ~ '^[0-9]{1,18}$' then (payload->>'event_id')::bigint end as event, case when payload->>'enforcement_id' ~ '^[0-9]{1,18}$' then (payload->>'enforcement_id')::bigint end as enforcement,
      case when payload->>'execution_id' ~ '^[0-9]{1,18}$' then (payload->>'execution_id')::bigint end as execution, attempts, error, created
    from dead_letter
    where correlation_id = ${correlationId}
    order by id desc
    limit 100`)
}

export type CancelRow = { execution: Id<'execution'>; by: string; at: string; reason: string | null }

/** Who asked for executions to be cancelled. Served by audit_event_resource. */
export function findCancels(db: Queryable, ids: readonly Id<'execution'>[]): Promise<CancelRow[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db.many(sql`
    select distinct on (resource_id) resource_id as execution, actor_login as by, created as at,
      details->>'reason' as reason
    from audit_event
    where resource_type = 'execution' and resource_id = any(${ids}) and event_type like 'execution.cancel%'
      and outcome = 'success' and actor_login is not null
    order by resource_id, created`)
}

/** Workers that do not run actions: the scheduler never sees them. */
export async function otherWorkers(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`
    select name from worker where worker_role <> 'action' order by name limit 100`)
  return rows.map(({ name }) => name)
}
