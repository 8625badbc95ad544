import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../database/database.ts'
import type { Log } from '../../observe/log.ts'
import type { AfterDeadLetter } from '../dead-letter.ts'
import type { OutgoingMessage } from '../../database/outgoing.ts'
import type { Consumer, QueueSubscription, Receiver, Transport } from '../transport.ts'
import { withoutWireOnly } from '../wire-only.ts'
import { inspect } from './inspect.ts'
import { type Enqueued, forgetConsumers, insert, queuesOfFamilies } from './queue.ts'
import { ConsumerLeases } from './consumer-leases.ts'
import { WakeUps } from './wake.ts'

const LEASE_RENEWAL_MS = 5_000
/** A renewal that takes longer fails, and the next one has another connection, before the lease of a minute is over. */
const RENEWAL_ANSWER_MS = 10_000

export type PostgresOptions = { log: Log; afterDeadLetter?: AfterDeadLetter }

/** Messages as rows: for one machine, or a few processes, without a broker. */
export function createPostgresTransport(options: PostgresOptions): Transport {
  const instance = randomUUID()
  const wakeUps = new WakeUps(options.log)
  const readers = new ConsumerLeases(instance, wakeUps, options)
  let database: Database | undefined
  let renewal: NodeJS.Timeout | undefined
  /** Leases must not wait behind the rest, nor on a connection that is dead. */
  let apart: Database | undefined

  async function post(tx: Transaction, outgoing: readonly OutgoingMessage[]): Promise<void> {
    const rows = await address(tx, outgoing)
    if (rows.length === 0) return
    await insert(tx, rows)
    tx.afterCommit(() => wakeUps.written(new Set(rows.map((row) => row.queue))))
  }

  return {
    name: 'postgres',
    post,
    async start(db) {
      database = db
      await wakeUps.listen(db)
      const own = (apart = db.apart(RENEWAL_ANSWER_MS))
      await readers.renew(own)
      renewal = setInterval(() => void readers.renew(own), LEASE_RENEWAL_MS)
    },
    async consume(listening: QueueSubscription, receiver: Receiver): Promise<Consumer> {
      if (database === undefined) throw new Error('The transport has not been started.')
      return readers.start(database, listening, receiver)
    },
    async inspect() {
      return database === undefined ? { queues: [], faults: [] } : inspect(database, readers.all)
    },
    trouble: () => readers.trouble,
    slowness: () => wakeUps.trouble,
    async close() {
      clearInterval(renewal)
      await readers.stop()
      if (database !== undefined) await forgetConsumers(database, instance).catch(() => undefined)
      await wakeUps.close()
      await apart?.close()
    },
  }
}

/**
 * One row per destination queue; a broadcast reaches every instance that is live now. Nobody outside reads these rows,
 * so they carry no copies.
 */
async function address(tx: Transaction, outgoing: readonly OutgoingMessage[]): Promise<Enqueued[]> {
  const families = new Set(
    outgoing.flatMap((message) =>
      message.destinations.flatMap((to) => (to.kind === 'every' ? [to.family] : [])),
    ),
  )
  const live = families.size > 0 ? await queuesOfFamilies(tx, [...families]) : []
  return outgoing.flatMap(({ type, payload, message_id, correlation_id, delay_ms, destinations }) => {
    const row = { type, payload: withoutWireOnly(type, payload), message_id, correlation_id, delay_ms }
    return destinations.flatMap((to) =>
      to.kind === 'queue'
        ? [{ queue: to.name, ...row }]
        : live.filter(({ family }) => family === to.family).map(({ queue }) => ({ queue, ...row })),
    )
  })
}
