import type { Queryable, Transaction } from '../database/database.ts'
import { json, type Sql, sql } from '../database/sql.ts'
import type { Id } from '../id.ts'
import type { Json } from '../json.ts'
import { storableText } from '../text/storable-text.ts'
import { isMessageType, type MessageType } from './messages.ts'
import { routedMessage } from './publish.ts'
import { routingOf } from './routing.ts'
import { hasShape } from './shape.ts'
import { storable } from './storable.ts'

/** Why a message was put aside: the first three are our doing, the others are what the broker says. */
export const deadLetterReasons = [
  'refused',
  'exhausted',
  'malformed',
  'rejected',
  'expired',
  'maxlen',
  'delivery_limit',
] as const
export type DeadLetterReason = (typeof deadLetterReasons)[number]

/** What is known of a message that nobody could handle. */
export type UndeliverableMessage = {
  queue: string
  exchange: string
  routing_key: string
  type: string
  payload: unknown
  message_id: string | null
  correlation_id: string | null
  attempts: number
  reason: DeadLetterReason
  error: string
  stack: string | null
  /** Null: now. */
  first_failed_at: string | null
  /** Null: now. */
  last_failed_at: string | null
}

export type StoredDeadLetter = {
  id: Id<'dead_letter'>
  queue: string
  type: string
  payload: Json
  reason: DeadLetterReason
  error: string
}

/** What else has to happen when a message is put aside, in the same transaction. */
export type AfterDeadLetter = (tx: Transaction, letter: StoredDeadLetter) => Promise<void>

/** Puts a message aside as a row that a person can inspect and replay. Delivered again it changes nothing. */
export async function storeDeadLetter(
  tx: Transaction,
  letter: UndeliverableMessage,
  afterDeadLetter: AfterDeadLetter | undefined,
): Promise<void> {
  const buried = await insert(tx, letter)
  if (buried !== undefined) await afterDeadLetter?.(tx, buried)
}

/** Text from outside may hold what cannot be stored; refusing it here would deliver the message for ever. */
function insert(tx: Transaction, letter: UndeliverableMessage): Promise<StoredDeadLetter | undefined> {
  return tx.maybe(sql`
    insert into dead_letter
      (queue, exchange, routing_key, type, payload, message_id, correlation_id, attempts, reason, error, stack,
       first_failed_at, last_failed_at)
    values
      (${letter.queue}, ${storableText(letter.exchange)}, ${storableText(letter.routing_key)},
       ${storableText(letter.type)}, ${json(storable(letter.payload))}, ${letter.message_id},
       ${letter.correlation_id}, ${letter.attempts}, ${letter.reason}, ${storableText(letter.error)},
       ${letter.stack === null ? null : storableText(letter.stack)},
       coalesce(${letter.first_failed_at}::timestamptz, ${letter.last_failed_at}::timestamptz, now()),
       coalesce(${letter.last_failed_at}::timestamptz, now()))
    on conflict (message_id, queue) where status = 'open' and message_id is not null do nothing
    returning id, queue, type, payload, reason, error`)
}

/** Locks open letters, oldest first; those that somebody else resolves at this moment are left to them. */
export function lockOpen(tx: Transaction, where: Sql, limit: number): Promise<OpenDeadLetter[]> {
  return tx.many(sql`
    select id, queue, type, payload, message_id, correlation_id, reason
    from dead_letter
    where status = 'open' and ${where}
    order by id
    limit ${limit}
    for update skip locked`)
}

/** A letter that is open and locked. */
export type OpenDeadLetter = {
  id: Id<'dead_letter'>
  queue: string
  type: string
  payload: Json
  message_id: string | null
  correlation_id: string | null
  reason: DeadLetterReason
}

export type DeadLetterResolution = {
  id: Id<'dead_letter'>
  status: 'replayed' | 'discarded'
  resolved_by: Id<'identity'> | null
  new_execution: Id<'execution'> | null
}

/** open → replayed or discarded. */
export function resolve(tx: Transaction, resolutions: readonly DeadLetterResolution[]): Promise<number> {
  return tx.run(sql`
    update dead_letter d
    set status = r.status, resolved_at = now(), resolved_by = r.resolved_by, new_execution = r.new_execution
    from json_to_recordset(${json(resolutions)})
      as r (id bigint, status text, resolved_by bigint, new_execution bigint)
    where d.id = r.id and d.status = 'open'`)
}

/** A letter whose message is one of ours, as it was said. */
export type ReplayableType = OpenDeadLetter & { type: MessageType; payload: Record<string, Json> }

/** Whether the message can be said again: its type is still known and its payload has its shape. */
export function isReplayable(letter: OpenDeadLetter): letter is ReplayableType {
  return isMessageType(letter.type) && hasShape(letter.type, letter.payload)
}

/** Says messages again, each to every queue that takes it: a new message with no failure behind it. */
export async function publishAgain(tx: Transaction, letters: readonly ReplayableType[]): Promise<void> {
  if (letters.length === 0) return
  await tx.post(
    letters.map(({ type, payload, correlation_id }) => routedMessage(type, payload, correlation_id)),
  )
}

/** How many letters of a queue are open, counted up to 1000: each burial asks. */
export function countOpen(db: Queryable, queue: string): Promise<{ open: number }> {
  return db.one(sql`
    select count(*)::int as open
    from (select from dead_letter where queue = ${queue} and status = 'open' limit 1000) counted`)
}

/** Where a message of ours came from, whatever way it took to its queue. */
export function originOf(
  type: string,
  payload: unknown,
): { exchange: string; routing_key: string } | undefined {
  if (!isMessageType(type) || !hasShape(type, payload)) return undefined
  const { exchange, routing_key } = routingOf(type, payload)
  return { exchange, routing_key }
}
