import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type HopTimes, hops } from './hop.ts'
import { type TopologyMetrics, topologyMetrics } from './topology-metrics.ts'

/** What becomes of a delivered message. `duplicate`: it was committed and found nothing left to do. */
type ConsumeOutcome = 'ack' | 'retry' | 'dead' | 'duplicate'

/** What becomes of a message that is said. Through PostgreSQL a commit confirms it. */
type PublishOutcome = 'confirmed' | 'returned' | 'nacked' | 'error'

/** Values that are asked for when somebody looks; when that fails they are missing for the moment. */
type SampledMetric = {
  name: string
  help: string
  labels: readonly string[]
  read(): Promise<readonly { labels: Readonly<Record<string, string>>; value: number }[]>
}

/** What a process counts of itself, in the form that Prometheus reads. */
export type Metrics = TopologyMetrics & {
  /** A message was said: what became of it and how long that took. */
  published(message: { type: string; exchange: string }, outcome: PublishOutcome, seconds: number): void
  /** Messages of a queue, by what became of them. `queue` is its name in the routing table. */
  consumed(from: { queue: string; type: string }, outcome: ConsumeOutcome, count: number): void
  /** Messages that had been delivered before. */
  redelivered(queue: string, count: number): void
  /** Seconds that one batch of a queue took, and how many messages it had. */
  handled(queue: string, seconds: number, messages: number): void
  /** Executions that ended here. */
  ended(status: string): void
  /** Messages put aside. `queue` is the name in the routing table. */
  deadLettered(queue: string, reason: string, count: number): void
  /** Rows that a sweep brought on their way again or ended. */
  redriven(kind: string, count: number): void
  /** A build of an environment ended, and how long it took. */
  environmentBuilt(outcome: string, seconds: number): void
  /** Alerts that were announced. */
  alerted(failureType: string, count: number): void
  /** Audit rows of requests, by what became of them. */
  audited(outcome: 'written' | 'dropped', count: number): void
  /** Evaluations of rules that took too long: given up by themselves, or stopped with their thread. */
  overdue(how: 'given_up' | 'stopped', count: number): void
  /** Rules that were put off for the slow lane, once for each event. */
  deferred(count: number): void
  /** Events that a sensor says it could not deliver. */
  eventsLost(sensor: string, count: number): void
  /** A request of a sensor's process came after another host had taken the sensor over. */
  earlierOwnerRefused(sensor: string): void
  /** How long rows took from one step of the flow to another. */
  passed(times: HopTimes): void
  /** Adds a gauge that is read when somebody looks. */
  sample(gauge: SampledMetric): void
  /** The text of all of it. */
  expose(): Promise<string>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    ...messageMetrics(registry),
    ...publishMetrics(registry),
    ...flowMetrics(registry),
    audited: auditMetrics(registry),
    eventsLost: lossMetrics(registry),
    earlierOwnerRefused: ownerMetrics(registry),
    passed: hopMetrics(registry),
    overdue: evaluationMetrics(registry),
    deferred: deferralMetrics(registry),
    environmentBuilt: buildMetrics(registry),
    sample: (gauge) => sampleInto(registry, gauge),
    ...topologyMetrics(registry),
    expose: () => registry.metrics(),
  }
}

function messageMetrics(
  registry: Registry,
): Pick<Metrics, 'consumed' | 'redelivered' | 'handled' | 'deadLettered'> {
  const registers = [registry]
  const consumed = new Counter({
    name: 'mq_consumed_total',
    help: 'Messages taken from a queue, by what became of them',
    labelNames: ['queue', 'type', 'outcome'],
    registers,
  })
  const redelivered = new Counter({
    name: 'mq_redelivered_total',
    help: 'Messages taken from a queue that had been delivered before',
    labelNames: ['queue'],
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
    consumed: ({ queue, type }, outcome, count) => consumed.inc({ queue, type, outcome }, count),
    redelivered: (queue, count) => redelivered.inc({ queue }, count),
    handled(queue, seconds, messages) {
      handled.observe({ queue }, seconds)
      batches.observe({ queue }, messages)
    },
    deadLettered: (queue, reason, count) => deadLetters.inc({ queue, reason }, count),
  }
}

function publishMetrics(registry: Registry): Pick<Metrics, 'published'> {
  const registers = [registry]
  const published = new Counter({
    name: 'mq_published_total',
    help: 'Messages said by committed transactions, by what became of them',
    labelNames: ['type', 'exchange', 'outcome'],
    registers,
  })
  const latency = new Histogram({
    name: 'mq_publish_latency_seconds',
    help: 'Seconds until a message that was handed over is safe: confirmed by the broker, or committed',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  })
  return {
    published({ type, exchange }, outcome, seconds) {
      published.inc({ type, exchange, outcome })
      latency.observe(seconds)
    },
  }
}

function auditMetrics(registry: Registry): Metrics['audited'] {
  const rows = new Counter({
    name: 'audit_rows_total',
    help: 'Audit rows of requests, by whether they were written or lost while the database did not take them',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of ['written', 'dropped']) rows.inc({ outcome }, 0) // an alert sees only what changes
  return (outcome, count) => rows.inc({ outcome }, count)
}

function evaluationMetrics(registry: Registry): Metrics['overdue'] {
  const overdue = new Counter({
    name: 'rule_evaluations_overdue_total',
    help: 'Evaluations of rules that took longer than they may: given up, or stopped with their thread',
    labelNames: ['how'],
    registers: [registry],
  })
  for (const how of ['given_up', 'stopped']) overdue.inc({ how }, 0) // an alert sees only what changes
  return (how, count) => overdue.inc({ how }, count)
}

function deferralMetrics(registry: Registry): Metrics['deferred'] {
  const deferred = new Counter({
    name: 'rule_evaluations_deferred_total',
    help: 'Evaluations of rules that were put off for the slow lane, because rules of their owner had cost too much',
    registers: [registry],
  })
  return (count) => deferred.inc(count)
}

function lossMetrics(registry: Registry): Metrics['eventsLost'] {
  const lost = new Counter({
    name: 'sensor_events_lost_total',
    help: 'Events that sensors say they could not deliver and gave up',
    labelNames: ['sensor'],
    registers: [registry],
  })
  return (sensor, count) => lost.inc({ sensor }, count)
}

function ownerMetrics(registry: Registry): Metrics['earlierOwnerRefused'] {
  const refused = new Counter({
    name: 'sensor_earlier_owner_refused_total',
    help: 'Requests of sensor processes that were refused because another host had taken their sensor over',
    labelNames: ['sensor'],
    registers: [registry],
  })
  return (sensor) => refused.inc({ sensor })
}

function buildMetrics(registry: Registry): Metrics['environmentBuilt'] {
  const registers = [registry]
  const builds = new Counter({
    name: 'environment_builds_total',
    help: 'Builds of environments of packs on this worker, by how they ended',
    labelNames: ['outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'environment_build_seconds',
    help: 'Seconds that a build of an environment took',
    labelNames: ['outcome'],
    buckets: [1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    registers,
  })
  for (const outcome of ['ready', 'failed', 'timeout']) builds.inc({ outcome }, 0) // an alert sees only what changes
  return (outcome, took) => {
    builds.inc({ outcome })
    seconds.observe({ outcome }, took)
  }
}

function hopMetrics(registry: Registry): Metrics['passed'] {
  const seconds = new Histogram({
    name: 'pipeline_hop_seconds',
    help: 'Seconds from one step of the flow to another, by the clock of the database',
    labelNames: ['hop'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [registry],
  })
  return (times) => {
    for (const hop of hops) for (const value of times[hop] ?? []) seconds.observe({ hop }, value)
  }
}

/** A gauge that cannot be read has no value: an old one would look like a true one. */
function sampleInto(registry: Registry, { name, help, labels, read }: SampledMetric): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    async collect() {
      const values = await read().catch(() => [])
      gauge.reset()
      if (labels.length === 0 && values.length === 0) gauge.remove()
      for (const value of values) gauge.set(value.labels, value.value)
    },
  })
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
