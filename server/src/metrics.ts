import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { type TopologyMetrics, topologyMetrics } from './topology-metrics.ts'

/** What becomes of a delivered message. */
export type ConsumeOutcome = 'ack' | 'retry' | 'dead'

/** What a process counts of itself, in the form that Prometheus reads. */
export type Metrics = TopologyMetrics & {
  /** Messages written by committed transactions. */
  published(type: string, count: number): void
  /** Messages of a queue, by what became of them. `queue` is its name in the routing table. */
  consumed(queue: string, outcome: ConsumeOutcome, count: number): void
  /** Seconds that one batch of a queue took, and how many messages it had. */
  handled(queue: string, seconds: number, messages: number): void
  /** Executions that ended here. */
  ended(status: string): void
  /** Messages put aside. `queue` is the name in the routing table. */
  deadLettered(queue: string, reason: string, count: number): void
  /** Rows that a sweep brought on their way again or ended. */
  redriven(kind: string, count: number): void
  /** Alerts that were announced. */
  alerted(failureType: string, count: number): void
  /** The text of all of it. */
  expose(): Promise<string>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    ...messageMetrics(registry),
    ...flowMetrics(registry),
    ...topologyMetrics(registry),
    expose: () => registry.metrics(),
  }
}

function messageMetrics(
  registry: Registry,
): Pick<Metrics, 'published' | 'consumed' | 'handled' | 'deadLettered'> {
  const registers = [registry]
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
  const deadLetters = new Counter({
    name: 'mq_dead_letters_total',
    help: 'Messages put aside because nobody could handle them',
    labelNames: ['queue', 'reason'],
    registers,
  })
  return {
    published: (type, count) => published.inc({ type }, count),
    consumed: (queue, outcome, count) => consumed.inc({ queue, outcome }, count),
    handled(queue, seconds, messages) {
      handled.observe({ queue }, seconds)
      batches.observe({ queue }, messages)
    },
    deadLettered: (queue, reason, count) => deadLetters.inc({ queue, reason }, count),
  }
}

function flowMetrics(registry: Registry): Pick<Metrics, 'ended' | 'redriven' | 'alerted'> {
  const registers = [registry]
  const ended = new Counter({
    name: 'executions_ended_total',
    help: 'Executions whose process ended on this worker',
    labelNames: ['status'],
    registers,
  })
  const redriven = new Counter({
    name: 'reconcile_redriven_total',
    help: 'Rows whose next step had not happened and that a sweep brought on their way again or ended',
    labelNames: ['kind'],
    registers,
  })
  const alerts = new Counter({
    name: 'alerts_total',
    help: 'Alerts announced as events of core.alert',
    labelNames: ['failure_type'],
    registers,
  })
  return {
    ended: (status) => ended.inc({ status }),
    redriven: (kind, count) => redriven.inc({ kind }, count),
    alerted: (failure_type, count) => alerts.inc({ failure_type }, count),
  }
}
