import type { MessageType } from './messages.ts'

/**
 * Who listens. A queue declares only what it takes and which service reads it; its bindings are derived from
 * messages.ts. `{field}` in a name: the queue of the one the payload names (addressed), or of every live
 * instance (broadcast).
 */
export const queues = {
  events: {
    name: 'attune.events.queue',
    takes: ['EventCreated'],
    service: 'sensor',
    delivery: 'shared',
    durability: 'deferred',
  },
  deferredEvents: {
    name: 'attune.events.deferred.queue',
    takes: ['EventDeferred'],
    service: 'sensor',
    delivery: 'shared',
    durability: 'deferred',
  },
  enforcements: {
    name: 'attune.enforcements.queue',
    takes: ['EnforcementCreated'],
    service: 'executor',
    delivery: 'shared',
    durability: 'deferred',
  },
  executionRequests: {
    name: 'attune.execution.requests.queue',
    takes: ['ExecutionRequested'],
    service: 'executor',
    delivery: 'shared',
    durability: 'deferred',
  },
  executionCompleted: {
    name: 'attune.execution.completed.queue',
    takes: ['ExecutionCompleted'],
    service: 'executor',
    delivery: 'shared',
    durability: 'deferred',
  },
  workerExecutions: {
    name: 'worker.{worker_id}.executions',
    takes: ['ExecutionDispatched'],
    service: 'worker',
    delivery: 'addressed',
    durability: 'waits', // it starts processes
  },
  workerCancels: {
    name: 'worker.{worker_id}.cancel',
    takes: ['ExecutionCancelRequested'],
    service: 'worker',
    delivery: 'addressed',
    durability: 'deferred', // it writes nothing
  },
  workerPacks: {
    name: 'worker.{worker_id}.packs',
    takes: ['PackRegistered', 'PackBuildRequested', 'PackDeleted', 'RuntimeChanged'],
    service: 'worker',
    delivery: 'broadcast',
    durability: 'waits', // it removes files
  },
  ruleLifecycle: {
    name: 'attune.rules.lifecycle.{instance}',
    takes: [
      'RuleCreated',
      'RuleEnabled',
      'RuleDisabled',
      'RuleDeleted',
      'SensorChanged',
      'TriggerChanged',
      'RuntimeChanged',
      'PackRegistered',
      'PackDeleted',
    ],
    service: 'sensor',
    delivery: 'broadcast',
    durability: 'waits', // it starts and ends processes
  },
} as const satisfies Record<string, QueueDefinition>

export const services = ['api', 'sensor', 'executor', 'worker'] as const
export type ServiceName = (typeof services)[number]

export type QueueDefinition = {
  name: string
  takes: readonly MessageType[]
  service: ServiceName
  delivery: 'shared' | 'addressed' | 'broadcast'
  /**
   * Over PostgreSQL: whether handling waits for the disk. What a crash undoes comes undone together with its message
   * and is done again, so a step on the way need not; one that acts outside of the database must. What ends something
   * waits by itself, wherever it is done (`Transaction.mustLast`).
   */
  durability: 'waits' | 'deferred'
}

export type QueueKey = keyof typeof queues
export type Taken<Q extends QueueKey> = (typeof queues)[Q]['takes'][number]
export type QueuesOf<S extends ServiceName> = {
  [Q in QueueKey]: (typeof queues)[Q]['service'] extends S ? Q : never
}[QueueKey]

/** Fails to compile, naming the message, when a message type has no queue. */
export const everyMessageHasAQueue: Record<Exclude<MessageType, Taken<QueueKey>>, never> = {}

export function queueDefinition(key: QueueKey): QueueDefinition {
  return queues[key]
}

export const queueKeys = Object.keys(queues).filter((key): key is QueueKey => Object.hasOwn(queues, key))
