import { Gauge, type Registry } from 'prom-client'

export type TopologyMetrics = {
  /** What the latest check has seen, in place of what the one before saw. */
  topology(seen: {
    queues: readonly { queue: string; depth: number; consumers: number }[]
    faults: readonly { object: string }[]
  }): void
}

export function topologyMetrics(registry: Registry): TopologyMetrics {
  const registers = [registry]
  const mismatch = new Gauge({
    name: 'topology_mismatch',
    help: 'Faults of a queue, a binding or the broker; absent when well',
    labelNames: ['object'],
    registers,
  })
  const depth = new Gauge({
    name: 'mq_queue_depth',
    help: 'Messages that wait in a queue',
    labelNames: ['queue'],
    registers,
  })
  const consumers = new Gauge({
    name: 'mq_queue_consumers',
    help: 'Consumers of a queue, of all processes',
    labelNames: ['queue'],
    registers,
  })
  return {
    topology({ queues, faults }) {
      for (const gauge of [mismatch, depth, consumers]) gauge.reset()
      for (const { object } of faults) mismatch.inc({ object })
      for (const seen of queues) {
        depth.set({ queue: seen.queue }, seen.depth)
        consumers.set({ queue: seen.queue }, seen.consumers)
      }
    },
  }
}
