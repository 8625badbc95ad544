import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** What becomes of a delivered message. */
export type ConsumeOutcome = 'ack' | 'retry' | 'dead'

/** What a process counts of itself, in the form that Prometheus reads. */
export type Metrics = {
  /** Messages written by committed transactions. */
  published(type: string, count: number): void
  /** Messages of a queue, by what became of them. `queue` is its name in the routing table. */
  consumed(queue: string, outcome: ConsumeOutcome, count: number): void
  /** Seconds that one batch of a queue took, and how many messages it had. */
  handled(queue: string, seconds: number, messages: number): void
  /** Executions that ended here. */
  ended(status: string): void
  /** The text of all of it. */
  expose(): Promise<string>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const published = new Counter({
    name: 'mq_published_total',
    help: 'Messages written by committed transactions',
    labelNames: ['type'],
    registers,
  })
  const consumed = new Counter({
    name: 'mq_consumed_total',
    help: 'Messages taken from a queue, by what became of them',
    labelNames: ['queue', 'outcome'],
    registers,
  })
  const handled = new Histogram({
    name: 'mq_handler_seconds',
    help: 'Seconds that a batch took from claim to commit',
    labelNames: ['queue'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  })
  const batches = new Histogram({
    name: 'mq_batch_messages',
    help: 'Messages of a batch',
    labelNames: ['queue'],
    buckets: [1, 2, 5, 10, 25, 50, 100, 200],
    registers,
  })
  const ended = new Counter({
    name: 'executions_ended_total',
    help: 'Executions whose process ended on this worker',
    labelNames: ['status'],
    registers,
  })
  return {
    published: (type, count) => published.inc({ type }, count),
    consumed: (queue, outcome, count) => consumed.inc({ queue, outcome }, count),
    handled(queue, seconds, messages) {
      handled.observe({ queue }, seconds)
      batches.observe({ queue }, messages)
    },
    ended: (status) => ended.inc({ status }),
    expose: () => registry.metrics(),
  }
}
