import { type Consumers, type Handlers, receiverOf } from '../messages/consume.ts'
import { type QueueKey, queueDefinition, type ServiceName } from '../messages/queues.ts'
import { fill } from '../messages/routing.ts'
import type { Consumer, Receiver } from '../messages/transport.ts'
import type { Metrics } from '../metrics.ts'
import type { Platform } from './platform.ts'

/** Messages of a batch at most: larger ones no longer save anything and hold rows longer. */
const MAX_BATCH = 200

type Names = Readonly<Record<string, string | number>>
type Limits = { [Q in QueueKey]?: Pick<Receiver, 'capacity' | 'acts_outside'> }

/** Starts every queue of a service. `names` fills the placeholders of queue names. */
export async function startConsumers<S extends ServiceName>(
  { transport, metrics }: Pick<Platform, 'transport' | 'metrics'>,
  consumers: Consumers<S>,
  names: Names,
  limits: Limits = {},
): Promise<Consumer[]> {
  const started: Consumer[] = []
  for (const [key, handlers] of entriesOf(consumers)) {
    const receiver = receiverOf(key, handlers, { max_batch: MAX_BATCH, ...limits[key] })
    started.push(
      await transport.consume(
        { key, name: fill(queueDefinition(key).name, names), names },
        counted(receiver, queueDefinition(key).name, metrics),
      ),
    )
  }
  return started
}

/** Counts what is handled, once it is committed. `queue` is the name in the routing table, so that labels stay few. */
function counted(receiver: Receiver, queue: string, metrics: Metrics): Receiver {
  return {
    ...receiver,
    async receive(tx, batch) {
      const started = performance.now()
      await receiver.receive(tx, batch)
      tx.afterCommit(() => {
        metrics.consumed(queue, 'ack', batch.length)
        metrics.handled(queue, (performance.now() - started) / 1000, batch.length)
      })
    },
    failed: (outcome) => metrics.consumed(queue, outcome === 'retry' ? 'retry' : 'dead', 1),
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
export function deafness(consumers: readonly Consumer[]): string | undefined {
  const deaf = consumers.filter((consumer) => !consumer.live()).map((consumer) => consumer.queue)
  return deaf.length > 0 ? `No live consumer on ${deaf.join(', ')}` : undefined
}
