import type { Queryable, Transaction } from '../../database/database.ts'
import { json, type Sql, sql } from '../../database/sql.ts'
import type { Json } from '../../json.ts'
import type { Delivery } from '../transport.ts'

/** A row of the queue, taken. */
export type Claimed = Delivery & { id: number; payload: Json }

/** A row to be written: one message for one queue. */
export type Enqueued = {
  queue: string
  type: string
  payload: Readonly<Record<string, unknown>>
  message_id: string
  correlation_id: string
  delay_ms: number
}

/** One statement for the whole batch; json_to_recordset beats arrays because the driver escapes arrays slowly. */
export function insert(tx: Transaction, rows: readonly Enqueued[]): Promise<number> {
  return tx.run(sql`
    insert into message (queue, type, payload, message_id, correlation_id, due_at)
    select queue, type, payload, message_id, correlation_id, now() + delay_ms * interval '1 millisecond'
    from json_to_recordset(${json(rows)})
      as m (queue text, type text, payload json, message_id uuid, correlation_id uuid, delay_ms double precision)`)
}

/**
 * Takes the oldest due messages off a queue; they are gone once `tx` commits and back if it does not.
 * Found through message_due, removed by ctid: the rows are locked, so they cannot move in between.
 */
export function claim(tx: Transaction, queue: string, limit: number): Promise<Claimed[]> {
  return tx.many(sql`
    with taken as materialized (
      select ctid from message
      where queue = ${queue} and due_at <= now()
      order by due_at, id
      limit ${limit}
      for update skip locked)
    delete from message
    where ctid = any(array(select ctid from taken))
    returning id, type, payload, message_id, correlation_id, attempt, first_failed_at`)
}

/** Takes one message by id: how a failed batch is gone through again. */
export function claimOne(tx: Transaction, queue: string, id: number): Promise<Claimed | undefined> {
  return tx.maybe(sql`
    delete from message
    where queue = ${queue} and id = ${id}
    returning id, type, payload, message_id, correlation_id, attempt, first_failed_at`)
}

/** Puts a failed message off until it is due again. */
export function postpone(
  tx: Transaction,
  queue: string,
  id: number,
  failure: { error: string; delay_ms: number },
): Promise<number> {
  return tx.run(sql`
    update message
    set attempt = attempt + 1,
        last_error = ${failure.error},
        first_failed_at = coalesce(first_failed_at, now()),
        due_at = now() + ${failure.delay_ms} * interval '1 millisecond'
    where queue = ${queue} and id = ${id}`)
}

/** Renews this process's lease on its queues and drops leases that ran out. */
export async function renewConsumers(
  database: Queryable,
  instance: string,
  consumers: readonly { queue: string; family: string }[],
): Promise<void> {
  await database.run(sql`
    insert into queue_consumer (queue, instance, family, expires_at)
    select queue, ${instance}, family, now() + interval '60 seconds'
    from json_to_recordset(${json(consumers)}) as c (queue text, family text)
    order by queue
    on conflict (queue, instance) do update set expires_at = excluded.expires_at`)
  await dropQueues(database, sql`expires_at < now()`)
}

/** Gives up one queue that this process has stopped reading. Its messages wait for the next reader. */
export function giveUp(database: Queryable, instance: string, queue: string): Promise<number> {
  return database.run(sql`delete from queue_consumer where queue = ${queue} and instance = ${instance}`)
}

/** Gives up this process's queues, and the messages of those that no one else will ever read. */
export function forgetConsumers(database: Queryable, instance: string): Promise<number> {
  return dropQueues(database, sql`instance = ${instance}`)
}

/**
 * Drops leases, and the messages of queues that were one process's own. What is locked is left: whoever renews its
 * lease or reads a message at this moment is alive.
 */
function dropQueues(database: Queryable, which: Sql): Promise<number> {
  return database.run(sql`
    with gone as (
      select queue, instance, family from queue_consumer where ${which}
      order by queue, instance
      for update skip locked),
    dropped as (
      delete from queue_consumer c using gone g where c.queue = g.queue and c.instance = g.instance),
    unread as (
      select m.queue, m.id from message m
      where m.queue in (select queue from gone where family like '%{instance}%')
        and not exists (
          select from queue_consumer c
          where c.queue = m.queue and c.expires_at > now() and c.instance not in (select instance from gone))
      order by m.id
      for update skip locked)
    delete from message m using unread u where m.queue = u.queue and m.id = u.id`)
}

/** Every live queue of the given broadcast families. */
export function queuesOfFamilies(
  tx: Queryable,
  families: readonly string[],
): Promise<{ family: string; queue: string }[]> {
  return tx.many(sql`
    select distinct family, queue from queue_consumer
    where family = any(${families}) and expires_at > now()`)
}

/** Queues that some other live process listens to: those need a NOTIFY. */
export async function queuesOfOthers(database: Queryable, instance: string): Promise<Set<string>> {
  const rows = await database.many<{ queue: string }>(sql`
    select distinct queue from queue_consumer
    where instance <> ${instance} and expires_at > now()`)
  return new Set(rows.map((row) => row.queue))
}

/** A queue that holds messages or has a reader. */
export type Backlog = {
  queue: string
  depth: number
  consumers: number
  oldest_at: string | null
  oldest_seconds: number
}

/** Counting all of a large backlog would cost more than the number is worth. */
const COUNTED = 10_000

/**
 * The state of every queue. The queues are found by hopping along message_due, so that the cost goes with their number
 * and not with what waits in them; a message that is not due yet does not wait.
 */
export function backlogs(database: Queryable): Promise<Backlog[]> {
  return database.many(sql`
    with recursive filled as (
      (select queue from message order by queue limit 1)
      union all
      select (select m.queue from message m where m.queue > f.queue order by m.queue limit 1)
      from filled f where f.queue is not null),
    known as (
      select queue from filled where queue is not null
      union
      select queue from queue_consumer where expires_at > now())
    select k.queue, d.depth, o.due_at as oldest_at,
      coalesce(extract(epoch from now() - o.due_at), 0)::float8 as oldest_seconds,
      (select count(*)::int from queue_consumer c where c.queue = k.queue and c.expires_at > now()) as consumers
    from known k
    cross join lateral (
      select count(*)::int as depth from (
        select from message m where m.queue = k.queue and m.due_at <= now() limit ${COUNTED}) due) d
    left join lateral (
      select due_at from message m
      where m.queue = k.queue and m.due_at <= now()
      order by m.due_at limit 1) o on true
    order by k.queue`)
}
