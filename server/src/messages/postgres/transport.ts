import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../database/database.ts'
import type { Log } from '../../log.ts'
import { Signal } from '../../signal.ts'
import { queueDefinition } from '../queues.ts'
import type { Outgoing } from '../routing.ts'
import type { Consumer, Listening, Receiver, Transport } from '../transport.ts'
import { withoutWireOnly } from '../wire-only.ts'
import { PostgresConsumer } from './consumer.ts'
import { inspect } from './inspect.ts'
import {
  type Enqueued,
  forgetConsumers,
  giveUp,
  insert,
  queuesOfFamilies,
  queuesOfOthers,
  renewConsumers,
} from './queue.ts'
import { WakeUps } from './wake.ts'

const LEASE_RENEWAL_MS = 5_000

/** Messages as rows: for one machine, or a few processes, without a broker. */
export function createPostgresTransport(options: { log: Log }): Transport {
  const instance = randomUUID()
  const wakeUps = new WakeUps()
  /** What this process means to read; what it stops reading, it gives up its lease on. */
  const consumers = new Map<Consumer, Listening>()
  let database: Database | undefined
  let renewal: NodeJS.Timeout | undefined
  let renewing = false
  let trouble: string | undefined = 'not started'

  async function post(tx: Transaction, outgoing: readonly Outgoing[]): Promise<void> {
    const rows = await address(tx, outgoing)
    if (rows.length === 0) return
    await insert(tx, rows)
    tx.afterCommit(() => wakeUps.written(new Set(rows.map((row) => row.queue))))
  }

  /** One at a time: while the database is away they would queue up for its connections. */
  async function renew(db: Database): Promise<void> {
    if (renewing) return
    renewing = true
    try {
      const leases = [...consumers.values()].map(({ key, name }) => ({
        queue: name,
        family: queueDefinition(key).name,
      }))
      await renewConsumers(db, instance, leases)
      wakeUps.othersListenTo(await queuesOfOthers(db, instance))
      trouble = undefined
    } catch (error) {
      trouble = `The database does not answer: ${error instanceof Error ? error.message : String(error)}`
    } finally {
      renewing = false
    }
  }

  function start(db: Database, listening: Listening, receiver: Receiver): Consumer {
    const signal = new Signal()
    const unsubscribe = wakeUps.subscribe(listening.name, signal)
    const stopped = (): void => {
      unsubscribe()
      consumers.delete(consumer)
      // The queue of one instance goes with its messages when the lease runs out or the process ends.
      if (queueDefinition(listening.key).delivery !== 'broadcast')
        void giveUp(db, instance, listening.name).catch(() => undefined)
    }
    const consumer = new PostgresConsumer(db, listening, receiver, { log: options.log, signal, stopped })
    consumers.set(consumer, listening)
    return consumer
  }

  return {
    name: 'postgres',
    post,
    async start(db) {
      database = db
      await wakeUps.listen(db)
      await renew(db)
      renewal = setInterval(() => void renew(db), LEASE_RENEWAL_MS)
    },
    async consume(listening: Listening, receiver: Receiver): Promise<Consumer> {
      if (database === undefined) throw new Error('The transport has not been started.')
      const family = queueDefinition(listening.key).name
      await renewConsumers(database, instance, [{ queue: listening.name, family }])
      return start(database, listening, receiver)
    },
    async inspect() {
      return database === undefined ? { queues: [], faults: [] } : inspect(database, [...consumers])
    },
    trouble: () => trouble,
    async close() {
      clearInterval(renewal)
      await Promise.all([...consumers.keys()].map((consumer) => consumer.stop()))
      if (database !== undefined) await forgetConsumers(database, instance).catch(() => undefined)
      await wakeUps.close()
    },
  }
}

/**
 * One row per destination queue; a broadcast reaches every instance that is live now. Nobody outside reads these rows,
 * so they carry no copies.
 */
async function address(tx: Transaction, outgoing: readonly Outgoing[]): Promise<Enqueued[]> {
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
