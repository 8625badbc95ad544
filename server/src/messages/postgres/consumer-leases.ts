import type { Database } from '../../database/database.ts'
import { outageText } from '../../database/outage.ts'
import type { Log } from '../../observe/log.ts'
import { Signal } from '../../waiting/signal.ts'
import type { AfterDeadLetter } from '../dead-letter.ts'
import { LoopWatch } from '../loop-watch.ts'
import { queueDefinition } from '../queues.ts'
import type { Consumer, QueueSubscription, Receiver } from '../transport.ts'
import { PostgresConsumer } from './consumer.ts'
import { giveUp, queuesOfOthers, renewConsumers } from './queue.ts'
import type { WakeUps } from './wake.ts'

/** What this process means to read, with a lease on each queue; what it stops reading, it gives up its lease on. */
export class ConsumerLeases {
  readonly #instance: string
  readonly #wakeUps: WakeUps
  readonly #log: Log
  readonly #afterDeadLetter: AfterDeadLetter | undefined
  readonly #consumers = new Map<PostgresConsumer, QueueSubscription>()
  readonly #watch = new LoopWatch()
  #renewing = false
  #trouble: string | undefined = 'not started'

  constructor(instance: string, wakeUps: WakeUps, options: { log: Log; afterDeadLetter?: AfterDeadLetter }) {
    this.#instance = instance
    this.#wakeUps = wakeUps
    this.#log = options.log
    this.#afterDeadLetter = options.afterDeadLetter
  }

  get all(): (readonly [Consumer, QueueSubscription])[] {
    return [...this.#consumers]
  }

  get trouble(): string | undefined {
    if (this.#trouble !== undefined) return this.#trouble
    const seconds = this.#watch.standing_seconds
    if (seconds !== undefined) return `Leases on queues have not been renewed for ${seconds} s.`
    const silent = [...this.#consumers.keys()].filter((consumer) => !consumer.live())
    if (silent.length === 0) return undefined
    const [reason = 'it stops'] = silent.flatMap(({ trouble }) => trouble ?? [])
    return `No consumer on ${silent.map(({ queue }) => queue).join(', ')}: ${reason}`
  }

  /** One at a time: while the database is away they would queue up for its connections. */
  async renew(database: Database): Promise<void> {
    if (this.#renewing) return
    this.#renewing = true
    try {
      await renewConsumers(database, this.#instance, [...this.#consumers.values()].map(leaseOf))
      this.#wakeUps.othersListenTo(await queuesOfOthers(database, this.#instance))
      this.#trouble = undefined
      this.#watch.moves()
    } catch (error) {
      this.#trouble = `Leases on queues are not renewed: ${outageText(error)}`
    } finally {
      this.#renewing = false
    }
  }

  async start(database: Database, listening: QueueSubscription, receiver: Receiver): Promise<Consumer> {
    await renewConsumers(database, this.#instance, [leaseOf(listening)])
    const signal = new Signal()
    const unsubscribe = this.#wakeUps.subscribe(listening.name, signal)
    const stopped = (): void => {
      unsubscribe()
      this.#consumers.delete(consumer)
      // The queue of one instance goes with its messages when the lease runs out or the process ends.
      if (queueDefinition(listening.key).delivery === 'broadcast') return
      void giveUp(database, this.#instance, listening.name).catch(() => undefined)
    }
    const consumer = new PostgresConsumer(database, listening, receiver, {
      log: this.#log.child({ role: queueDefinition(listening.key).service }),
      signal,
      stopped,
      afterDeadLetter: this.#afterDeadLetter,
    })
    this.#consumers.set(consumer, listening)
    return consumer
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#consumers.keys()].map((consumer) => consumer.stop()))
  }
}

function leaseOf({ key, name }: QueueSubscription): { queue: string; family: string } {
  return { queue: name, family: queueDefinition(key).name }
}
