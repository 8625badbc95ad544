import type { Queryable, Transaction } from '../../database/database.ts'
import { json, sql } from '../../database/sql.ts'

/** A row on its way to the broker. */
export type OutboxRow = {
  id: number
  exchange: string
  routing_key: string
  type: string
  payload: unknown
  message_id: string
  correlation_id: string
  attempt: number
  /** When a handler failed on it for the first time; null while none has. */
  first_failed_at: string | null
}

export type NewOutboxRow = Omit<OutboxRow, 'id' | 'attempt' | 'first_failed_at'> & {
  attempt?: number
  /** Null with an attempt behind it: now. */
  first_failed_at?: string | null
  delay_ms: number
}

/** A row that its own process has not handed over after so long is taken up by any process. */
export const LEFT_BEHIND_SECONDS = 10

/** Writes rows. `due_at` of a message for now lies a little ahead: only a crash lets it come that far. */
export async function insert(tx: Transaction, rows: readonly NewOutboxRow[]): Promise<OutboxRow[]> {
  const written = await tx.many<{ id: number; message_id: string }>(sql`
    insert into outbox (exchange, routing_key, type, payload, message_id, correlation_id, attempt,
      first_failed_at, due_at)
    select exchange, routing_key, type, payload, message_id, correlation_id, coalesce(attempt, 0),
      case when attempt > 0 then coalesce(first_failed_at, now()) end,
      now() + case when delay_ms > 0 then delay_ms * interval '1 millisecond'
                   else ${LEFT_BEHIND_SECONDS} * interval '1 second' end
    from json_to_recordset(${json(rows.map(columnsOf))}) as o
      (exchange text, routing_key text, type text, payload json, message_id uuid, correlation_id uuid,
       attempt integer, first_failed_at timestamptz, delay_ms double precision)
    returning id, message_id`)
  const ids = new Map(written.map(({ id, message_id }) => [message_id, id]))
  return rows.flatMap((row) => {
    const id = ids.get(row.message_id)
    return id === undefined
      ? []
      : [{ ...row, id, attempt: row.attempt ?? 0, first_failed_at: row.first_failed_at ?? null }]
  })
}

/** A message on its way knows more than its row keeps. */
function columnsOf({ exchange, routing_key, type, payload, ...rest }: NewOutboxRow): NewOutboxRow {
  const { message_id, correlation_id, attempt, first_failed_at, delay_ms } = rest
  return {
    exchange,
    routing_key,
    type,
    payload,
    message_id,
    correlation_id,
    delay_ms,
    ...(attempt === undefined ? {} : { attempt }),
    ...(first_failed_at === undefined ? {} : { first_failed_at }),
  }
}

/** Takes rows that are due: delayed ones, and those a crash or an outage left. Others do not see them for a while. */
export function claimDue(db: Queryable, limit: number): Promise<OutboxRow[]> {
  return db.many(sql`
    update outbox
    set due_at = now() + ${LEFT_BEHIND_SECONDS} * interval '1 second'
    where id in (
      select id from outbox
      where due_at <= now()
      order by due_at
      limit ${limit}
      for update skip locked)
    returning id, exchange, routing_key, type, payload, message_id, correlation_id, attempt, first_failed_at`)
}

/** The broker has them. */
export function remove(db: Queryable, ids: readonly number[]): Promise<number> {
  return db.run(sql`
    with sent as (select id from outbox where id = any(${ids}) order by id for update)
    delete from outbox o using sent s where o.id = s.id`)
}

/**
 * The broker refused or returned them: they stay, and are tried again. `attempt` counts failures of handlers alone: a
 * message that was long on its way has the same tries left.
 */
export function noteFailures(
  db: Queryable,
  failures: readonly { id: number; error: string }[],
): Promise<number> {
  return db.run(sql`
    with failed as (
      select o.id, f.error
      from outbox o join json_to_recordset(${json(failures)}) as f (id bigint, error text) on f.id = o.id
      order by o.id
      for no key update of o)
    update outbox o
    set last_error = f.error, due_at = now() + interval '5 seconds'
    from failed f
    where o.id = f.id`)
}

/** How the error of a returned message begins. */
export const RETURNED = 'Returned'

/** One kind of message that no queue takes now, with a payload that tells whose queue it is for. */
export type ReturnedRows = {
  exchange: string
  routing_key: string
  type: string
  payload: Readonly<Record<string, unknown>>
  waiting: number
  oldest_at: string
}

/** What came back from the broker and waits, by where it should go. Found through outbox_failed. */
export function returnedRows(db: Queryable): Promise<ReturnedRows[]> {
  return db.many(sql`
    select exchange, routing_key, min(type) as type, (array_agg(payload order by id))[1] as payload,
      count(*)::int as waiting, min(created) as oldest_at
    from outbox
    where last_error is not null and last_error like ${`${RETURNED}:%`}
    group by exchange, routing_key
    order by exchange, routing_key
    limit 50`)
}
