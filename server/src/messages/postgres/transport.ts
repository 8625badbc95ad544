import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from '../../database/database.ts'
import type { Log } from '../../log.ts'
import { Signal } from '../../signal.ts'
import type { AfterBurial } from '../dead-letter.ts'
import { queueDefinition } from '../queues.ts'
import type { Outgoing } from '../routing.ts'
import type { Consumer, Listening, Receiver, Transport } from '../transport.ts'
import { withoutWireOnly } from '../wire-only.ts'
import { PostgresConsumer } from './consumer.ts'
import {
  type Enqueued,
  forgetConsumers,
  insert,
  queuesOfFamilies,
  queuesOfOthers,
  renewConsumers,
} from './queue.ts'
import { WakeUps } from './wake.ts'

const LEASE_RENEWAL_MS = 5_000

export type PostgresOptions = { log: Log; afterBurial?: AfterBurial }

/** Messages as rows: for one machine, or a few processes, without a broker. */
export function createPostgresTransport(options: PostgresOptions): Transport {
  const instance = randomUUID()
  const wakeUps = new WakeUps()
  const consumers: { queue: string; family: string }[] = []
  const started: Consumer[] = []
  let database: Database | undefined
  let renewal: NodeJS.Timeout | undefined
  let trouble: string | undefined = 'not started'

  async function post(tx: Transaction, outgoing: readonly Outgoing[]): Promise<void> {
    const rows = await address(tx, outgoing)
    if (rows.length === 0) return
    await insert(tx, rows)
    tx.afterCommit(() => wakeUps.written(new Set(rows.map((row) => row.queue))))
  }

  async function renew(db: Database): Promise<void> {
    try {
      await renewConsumers(db, instance, consumers)
      wakeUps.othersListenTo(await queuesOfOthers(db, instance))
      trouble = undefined
    } catch (error) {
      trouble = `The database does not answer: ${error instanceof Error ? error.message : String(error)}`
    }
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
      consumers.push({ queue: listening.name, family: queueDefinition(listening.key).name })
      await renew(database)
      const signal = new Signal()
      wakeUps.subscribe(listening.name, signal)
      const consumer = new PostgresConsumer(database, listening, receiver, {
        log: options.log.child({ role: queueDefinition(listening.key).service }),
        signal,
        afterBurial: options.afterBurial,
      })
      started.push(consumer)
      return consumer
    },
    trouble: () => trouble,
    async close() {
      clearInterval(renewal)
      await Promise.all(started.map((consumer) => consumer.stop()))
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
