import { type Consumers, type Handlers, receiverOf, type OnHandled } from '../messages/consume.ts'
import { type QueueKey, queueDefinition, type ServiceName } from '../messages/queues.ts'
import { fill, typeOn } from '../messages/routing.ts'
import type { Consumer, Delivery, QueueSubscription, Receiver } from '../messages/transport.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Platform } from './platform.ts'

/** Messages of a batch at most: larger ones no longer save anything and hold rows longer. */
const MAX_BATCH = 200

/** Correlations of a batch that its line names. */
const LOGGED_CORRELATIONS = 5

type Watching = Pick<Platform, 'metrics' | 'tracing' | 'log'>
type Names = Readonly<Record<string, string | number>>
type Limits = { [Q in QueueKey]?: Partial<Pick<Receiver, 'capacity' | 'max_batch'>> }

/** Starts every queue of a service. `names` fills the placeholders of queue names. */
export async function startConsumers<S extends ServiceName>(
  platform: Watching & Pick<Platform, 'transport'>,
  consumers: Consumers<S>,
  names: Names,
  limits: Limits = {},
): Promise<Consumer[]> {
  const started: Consumer[] = []
  for (const [key, handlers] of entriesOf(consumers)) {
    const listening = { key, name: fill(queueDefinition(key).name, names), names }
    const told = countHandled(key, platform.metrics)
    const receiver = receiverOf(key, handlers, { max_batch: MAX_BATCH, ...limits[key], told })
    started.push(await platform.transport.consume(listening, watched(listening, receiver, platform)))
  }
  return started
}

/** Counts what a handler has done, once it is committed. `queue` is the name in the routing table, so that labels stay few. */
function countHandled(key: QueueKey, metrics: Metrics): OnHandled {
  const queue = queueDefinition(key).name
  return (tx, type, messages, { repeated, deferred = 0, hops }) =>
    tx.afterCommit(() => {
      if (messages > repeated) metrics.consumed({ queue, type }, 'ack', messages - repeated)
      if (repeated > 0) metrics.consumed({ queue, type }, 'duplicate', repeated)
      if (deferred > 0) metrics.deferred(deferred)
      if (hops !== undefined) metrics.passed(hops)
    })
}

/** Times, traces and logs every batch of a queue. */
function watched(
  { key, name }: QueueSubscription,
  receiver: Receiver,
  { log, metrics, tracing }: Watching,
): Receiver {
  const { name: queue, service } = queueDefinition(key)
  const lines = log.child({ role: service, queue: name })
  return {
    ...receiver,
    async receive(tx, batch) {
      const started = performance.now()
      const heard = batch.map((delivery) => ({ ...delivery, type: typeOf(key, delivery.type) }))
      tracing.heard(tx, { name: queue, service }, heard)
      tx.afterCommit(() => {
        const seconds = (performance.now() - started) / 1000
        const again = batch.filter(({ redelivered, attempt }) => redelivered === true || attempt > 0).length
        metrics.handled(queue, seconds, batch.length)
        if (again > 0) metrics.redelivered(queue, again)
        if (lines.isLevelEnabled('debug')) lines.debug(lineOf(heard, seconds), 'batch handled')
      })
      await receiver.receive(tx, batch)
    },
    failed: (outcome, type) =>
      metrics.consumed({ queue, type: typeOf(key, type) }, outcome === 'retry' ? 'retry' : 'dead', 1),
  }
}

/** Names of the wire may be anything; what the queue does not take is one kind. */
const typeOf = (key: QueueKey, wireName: string) => typeOn(key, wireName) ?? 'unknown'

/** What is said of a batch: never what is in it. */
function lineOf(batch: readonly Pick<Delivery, 'type' | 'correlation_id'>[], seconds: number) {
  const correlations = [...new Set(batch.map(({ correlation_id }) => correlation_id))]
  return {
    types: [...new Set(batch.map(({ type }) => type))],
    count: batch.length,
    outcome: 'ack',
    duration_ms: Math.round(seconds * 1000),
    ...(correlations.length === 1
      ? { correlation_id: correlations[0] }
      : { correlation_ids: correlations.slice(0, LOGGED_CORRELATIONS) }),
  }
}

/** Object.entries forgets which handlers belong to which queue; the type of `consumers` has made sure. */
function entriesOf<S extends ServiceName>(consumers: Consumers<S>): [QueueKey, Handlers<QueueKey>][] {
  return Object.entries(consumers) as [QueueKey, Handlers<QueueKey>][]
}

export async function stopConsumers(consumers: readonly Consumer[]): Promise<void> {
  await Promise.all(consumers.map((consumer) => consumer.stop()))
}

/** The queues that have no live consumer, as a sentence. */
export function missingConsumers(consumers: readonly Consumer[]): string | undefined {
  const silent = consumers.filter((consumer) => !consumer.live()).map((consumer) => consumer.queue)
  return silent.length > 0 ? `No live consumer on ${silent.join(', ')}` : undefined
}
