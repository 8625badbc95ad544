import type { QueueKey } from './queues.ts'

/** A queue as the transport sees it. */
export type QueueState = {
  key: QueueKey
  queue: string
  /** What fills the placeholders of its name. */
  names: Readonly<Record<string, string | number>>
  /** Messages that wait; where counting is dear, at least so many. */
  depth: number
  consumers: number
  /** The oldest waiting message, where the transport can tell. */
  oldest_at: string | null
}

export const faultKinds = [
  'unreachable',
  'missing_queue',
  'wrong_arguments',
  'misrouted',
  'no_consumer',
  'consumer_stopped',
  'returned',
] as const

/** Something that is not as the routing table says. */
export type TopologyFault = {
  /** What it is about: the name of a queue, `exchange key`, or the transport as a whole. */
  object: string
  kind: (typeof faultKinds)[number]
  problem: string
  /** What a person does about it, beyond what the next check repairs by itself. */
  remedy: string
}

export type Inspection = { queues: QueueState[]; faults: TopologyFault[] }
