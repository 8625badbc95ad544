import type { Database, PostMessages, Transaction } from '../database/database.ts'
import type { Inspection } from './inspection.ts'
import type { QueueKey } from './queues.ts'

/** A message as it arrives. */
export type Delivery = {
  type: string
  payload: unknown
  message_id: string
  correlation_id: string
  /** How often it has failed before. */
  attempt: number
  /** Whether it was delivered before, as far as the transport knows. */
  redelivered?: boolean
  /** When it failed for the first time; null while it has not. */
  first_failed_at: string | null
}

/** A queue of this process, its placeholders filled. */
export type QueueSubscription = {
  key: QueueKey
  name: string
  /** What filled the placeholders: `worker_id`, `instance`. */
  names: Readonly<Record<string, string | number>>
}

/** What a queue hands its messages to: a batch, in the transaction that also takes them off the queue. */
export type Receiver = {
  /** At most so many in a batch. */
  max_batch: number
  /** How many more can be taken now; none while it is 0. Absent: no limit. */
  capacity?: () => number
  receive(tx: Transaction, batch: readonly Delivery[]): Promise<void>
  /** Told of each message that failed and of what becomes of it. */
  failed?(outcome: 'retry' | 'dead-letter', type: string): void
}

export interface Consumer {
  readonly key: QueueKey
  readonly queue: string
  /** Whether deliveries reach it now. */
  live(): boolean
  /** Looks again: capacity has grown. */
  wake(): void
  /**
   * Takes up to `limit` messages that are there into a transaction that has other work too. When it does not
   * commit they are there again.
   */
  takeInto(tx: Transaction, limit: number): Promise<void>
  /** Takes nothing more; resolves when the batch in hand is done. */
  stop(): Promise<void>
}

/** Two implementations: PostgreSQL rows, and RabbitMQ. Both run the same pipeline tests. */
export interface Transport {
  readonly name: 'postgres' | 'rabbitmq'
  post: PostMessages
  /** Declares what this process needs; call once before anything is published or consumed. */
  start(database: Database): Promise<void>
  consume(listening: QueueSubscription, receiver: Receiver): Promise<Consumer>
  /**
   * Compares what is there with the routing table: the queues that this process knows of, and what is wrong. Repairs
   * first what the inspection before has found, so that its answer is about what is left.
   */
  inspect(): Promise<Inspection>
  /** Undefined when well, else what is wrong. */
  trouble(): string | undefined
  /** Why messages arrive late although they arrive; undefined when they do not. */
  slowness(): string | undefined
  close(): Promise<void>
}
