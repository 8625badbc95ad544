import type { Queryable } from '../../../database/database.ts'
import { SEARCHED_ROWS, selectPage } from '../../../database/page.ts'
import { join, type Sql, sql } from '../../../database/sql.ts'
import { contains, matches } from '../../../database/wildcard.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import type { ExecutionDetail, ExecutionSummary } from './execution-detail.ts'
import { isChildOf, knownOrigin, knownParent, readableExecutions, readsAll } from './visibility.ts'
import { type ExecutionStatus, isTerminal } from './status.ts'

export type ExecutionFilter = {
  caller: Caller
  status?: ExecutionStatus
  action_ref?: string
  pack_name?: string
  rule_ref?: string
  trigger_ref?: string
  executor?: Id<'identity'>
  result_contains?: string
  enforcement?: Id<'enforcement'>
  parent?: Id<'execution'>
  top_level_only?: boolean
  created_after?: string
  created_before?: string
}

/** What of an execution is shown: where it comes from stands in other rows. */
type Origins = { enforcement: Sql; parent: Sql }

const originsFor = (caller: Caller): Origins => ({
  enforcement: knownOrigin(caller),
  parent: knownParent(caller),
})
const allOrigins: Origins = { enforcement: sql`true`, parent: sql`e.parent` }

/** The rule and the trigger of an execution stand in its enforcement. */
const source = ({ enforcement }: Origins, executions = sql`execution`) =>
  sql`${executions} e left join enforcement n on n.id = e.enforcement and ${enforcement}`

const summary = ({ parent }: Origins) => sql`
  e.id, e.action_ref, e.status, ${parent} as parent, n.id as enforcement, n.rule_ref, n.trigger_ref, e.started_at,
  e.workflow_task, e.original_execution, e.retry_count, e.created, e.updated`

/** Newest first: ids are handed out in order, and the primary key has that order. */
export function list(db: Queryable, filter: ExecutionFilter, page: { limit: number; offset: number }) {
  const origins = originsFor(filter.caller)
  const own = join([readableExecutions(filter.caller), ...conditionsOf(filter)], ' and ')
  const window = windowOf(filter, own)
  return selectPage<ExecutionSummary>(
    db,
    {
      columns: summary(origins),
      from: source(origins, window && sql`(${window})`),
      where: join([own, ...containing(filter), ...originsOf(filter)], ' and '),
      order: sql`e.id desc`,
      window,
    },
    page,
  )
}

/** Results are long, and no index finds a part of one. */
function windowOf({ result_contains }: ExecutionFilter, where: Sql): Sql | undefined {
  if (result_contains === undefined) return undefined
  return sql`select * from execution e where ${where} order by e.id desc limit ${SEARCHED_ROWS}`
}

function containing({ result_contains }: ExecutionFilter): Sql[] {
  return result_contains === undefined ? [] : [contains(sql`e.result::text`, result_contains)]
}

function conditionsOf(filter: ExecutionFilter): Sql[] {
  const { status, action_ref, pack_name, executor, created_after, created_before } = filter
  const conditions = [
    status !== undefined && statusIs(status),
    action_ref !== undefined && matches(sql`e.action_ref`, action_ref),
    pack_name !== undefined && sql`split_part(e.action_ref, '.', 1) = ${pack_name}`,
    executor !== undefined && sql`e.executor = ${executor}`,
    created_after !== undefined && sql`e.created > ${created_after}`,
    created_before !== undefined && sql`e.created < ${created_before}`,
  ]
  return conditions.filter((condition) => condition !== false)
}

/** Where an execution comes from. */
function originsOf(filter: ExecutionFilter): Sql[] {
  const { caller, rule_ref, trigger_ref, enforcement, parent, top_level_only } = filter
  const conditions = [
    rule_ref !== undefined && matches(sql`n.rule_ref`, rule_ref),
    trigger_ref !== undefined && matches(sql`n.trigger_ref`, trigger_ref),
    enforcement !== undefined && enforcementIs(enforcement),
    enforcement !== undefined && !readsAll(caller) && sql`n.id is not null`,
    parent !== undefined && isChildOf(caller, parent),
    top_level_only === true && sql`e.parent is null`,
  ]
  return conditions.filter((condition) => condition !== false)
}

/** There is no index on the status. What lives is few, and the two partial indexes on it find them. */
function statusIs(status: ExecutionStatus): Sql {
  if (isTerminal(status)) return sql`e.status = ${status}`
  return sql`e.status = ${status} and e.id in (
    select id from execution where live and worker is null
    union all
    select id from execution where live and worker is not null)`
}

/**
 * There is no index on the enforcement either, except for its one top-level execution. From there children and
 * further attempts are reached by theirs.
 */
function enforcementIs(enforcement: Id<'enforcement'>): Sql {
  return sql`e.enforcement = ${enforcement} and e.id in (
    with recursive tree as (
      select id from execution
      where enforcement = ${enforcement} and parent is null and original_execution is null
      union
      select below.id
      from tree
      cross join lateral (
        select c.id from execution c where c.parent = tree.id
        union all
        select a.id from execution a where a.original_execution = tree.id) below)
    select id from tree)`
}

/** The execution as the caller may read it. */
export function findDetail(
  db: Queryable,
  id: Id<'execution'>,
  caller: Caller,
): Promise<ExecutionDetail | undefined> {
  return db.maybe(sql`${detail(originsFor(caller))} where e.id = ${id} and ${readableExecutions(caller)}`)
}

/** The execution as whoever made it knows it. */
export function findWhole(db: Queryable, id: Id<'execution'>): Promise<ExecutionDetail | undefined> {
  return db.maybe(sql`${detail(allOrigins)} where e.id = ${id}`)
}

/** A definition that is gone is shown as null; its ref stays. */
const detail = (origins: Origins) => sql`
  select ${summary(origins)}, e.config, nullif(e.permission_set_refs, '{}') as permission_set_refs,
    e.authority_set_refs, e.artifact_retention_policy, e.artifact_retention_limit, e.worker_selector, e.worker_tolerations,
    e.worker_affinity, e.result, e.max_retries, e.retry_reason, e.attempt, e.correlation_id,
    (select a.id from action a where a.id = e.action) as action,
    (select i.id from identity i where i.id = e.executor) as executor,
    (select w.id from worker w where w.id = e.worker) as worker
  from ${source(origins)}`
