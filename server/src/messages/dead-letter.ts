import type { Transaction } from '../database/database.ts'
import { json, sql } from '../database/sql.ts'
import type { Json } from '../json.ts'

/** What is known of a message that nobody could handle. */
export type Undeliverable = {
  queue: string
  exchange: string
  routing_key: string
  type: string
  payload: Json
  message_id: string | null
  correlation_id: string | null
  attempts: number
  error: string
  stack: string | null
}

/** Puts a message aside as a row that a person can inspect and replay. */
export function bury(tx: Transaction, letter: Undeliverable): Promise<number> {
  return tx.run(sql`
    insert into dead_letter
      (queue, exchange, routing_key, type, payload, message_id, correlation_id, attempts, error, stack)
    values
      (${letter.queue}, ${letter.exchange}, ${letter.routing_key}, ${letter.type}, ${json(letter.payload)},
       ${letter.message_id}, ${letter.correlation_id}, ${letter.attempts}, ${letter.error}, ${letter.stack})`)
}
