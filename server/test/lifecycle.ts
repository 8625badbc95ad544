import { randomUUID } from 'node:crypto'
import type { Queryable } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import type { JsonObject } from '../src/json.ts'

export type Said = { type: string; payload: JsonObject; correlation_id: string }

/**
 * Listens to what sensor services hear of rules and packs, without being one. `said` answers what came since it
 * was last asked, in order.
 */
export async function listenToLifecycle(db: Queryable): Promise<{ said(): Promise<Said[]> }> {
  const instance = randomUUID()
  const queue = `attune.rules.lifecycle.${instance}`
  await db.run(sql`
    insert into queue_consumer (queue, instance, family, expires_at)
    values (${queue}, ${instance}, 'attune.rules.lifecycle.{instance}', now() + interval '1 hour')`)
  return {
    async said() {
      const rows = await db.many<Said & { id: number }>(
        sql`delete from message where queue = ${queue} returning id, type, payload, correlation_id`,
      )
      return rows
        .toSorted((a, b) => a.id - b.id)
        .map(({ type, payload, correlation_id }) => ({ type, payload, correlation_id }))
    },
  }
}
