import type { Transaction } from '../../../database/database.ts'
import { join, prepared, raw, type Sql, sql } from '../../../database/sql.ts'
import { publish } from '../../../messages/publish.ts'
import type { Execution } from './execution.ts'
import type { Actor, ExecutionStatus, From, LiveStatus, TerminalStatus, To } from './status.ts'

/*
 * The one statement that moves executions; nothing else writes `execution.status`. It names the status they start
 * from: who comes second changes nothing and is told so by the missing row.
 */

/** A declared step, as it stands in `status.ts`; from or to several, where each goes as its `given.status` says. */
export type MoveStep<By extends Actor, T extends ExecutionStatus> = readonly [
  from: From<By, T> | readonly From<By, T>[],
  to: T | readonly T[],
  by: By,
]

/** The executions `e` that take it together. */
export type Batch = {
  /** Which ones, besides where they start. */
  where?: Sql
  /** What is given for each of them, a from-item of the name `given`, and what joins it. */
  given?: { rows: Sql; on: Sql }
  /** Columns that change with the status. */
  set: Sql
  /**
   * They are locked in the order of ids before they change: all of them, as many as nobody else holds, or `held`: by an
   * earlier statement of this transaction.
   */
  lock?: 'held' | { limit: number }
  /** Default: all of the row. */
  returning?: Sql
}

/** The statement of a step that goes on. One that ends executions is `finish`. */
export function move<By extends Actor, T extends LiveStatus & To<By>>(
  step: MoveStep<By, T>,
  batch: Batch,
): Sql {
  return guarded(step, batch)
}

/** Ends executions and says so. Whoever reads an end may rely on it. */
export async function finish<By extends Actor, T extends TerminalStatus & To<By>>(
  tx: Transaction,
  step: MoveStep<By, T>,
  batch: Batch,
): Promise<Execution[]> {
  const ended = await tx.many<Execution>(guarded(step, batch))
  await publishCompleted(tx, ended)
  return ended
}

const nothing = sql``

function guarded<By extends Actor, T extends ExecutionStatus>(
  [starts, to]: MoveStep<By, T>,
  batch: Batch,
): Sql {
  const { where, given, set, lock, returning } = batch
  const words = [starts].flat().map((status) => `'${status}'`)
  const start = sql`e.status in (${raw(words.join(', '))})`
  const chosen = where === undefined ? [start] : [where, start]
  const itself = lock === 'held' ? nothing : locking(join(chosen, ' and '), lock?.limit)
  const mine = lock === 'held' ? chosen : [sql`e.id = any(array(select id from mine))`, start]
  const guard = join(given === undefined ? mine : [given.on, ...mine], ' and ')
  const end = typeof to === 'object' ? sql`given.status::execution_status_enum` : raw(`'${to}'`)
  const from = given === undefined ? nothing : sql`from ${given.rows}`
  return prepared(sql`${itself}
    update execution e
    set status = ${end}, updated = now(), ${set}
    ${from}
    where ${guard}
    returning ${returning ?? sql`e.*`}`)
}

function locking(which: Sql, limit: number | undefined): Sql {
  const free = limit === undefined ? nothing : sql`skip locked limit ${limit}`
  return sql`with mine as (
      select e.id from execution e
      where ${which}
      order by e.id
      for no key update of e ${free})`
}

/** Says ExecutionCompleted for executions that have reached their end. */
export async function publishCompleted(tx: Transaction, ended: readonly Execution[]): Promise<void> {
  if (ended.length > 0) await tx.mustLast()
  await publish(
    tx,
    'ExecutionCompleted',
    ended.map((execution) => ({
      correlation_id: execution.correlation_id,
      payload: {
        execution_id: execution.id,
        action_id: execution.action ?? 0,
        action_ref: execution.action_ref,
        status: execution.status,
        result: execution.result,
        completed_at: execution.updated,
      },
    })),
  )
}
