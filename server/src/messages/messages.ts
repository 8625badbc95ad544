import { type Static, Type } from 'typebox'
import { id, nullable } from '../database/row.ts'

/**
 * What can be said. A message states its exchange and key once; a queue (queues.ts) states only which messages
 * it takes; bindings follow. Nothing else in the program names an exchange or a key.
 */
export const exchanges = {
  events: { name: 'attune.events', type: 'topic' },
  executions: { name: 'attune.executions', type: 'topic' },
} as const

const ruleChange = { rule_id: id('rule'), rule_ref: Type.String(), trigger_ref: Type.String() }

export const messages = {
  EventCreated: {
    exchange: 'events',
    key: 'event.created',
    payload: Type.Object({
      event_id: id('event'),
      /** With the id it finds the event's partition. */
      event_created: Type.String(),
      trigger_id: nullable(id('trigger')),
      trigger_ref: Type.String(),
      sensor_id: nullable(id('sensor')),
      sensor_ref: nullable(Type.String()),
      /** The only rule the event is meant for. */
      rule_id: nullable(id('rule')),
      payload: Type.Optional(Type.Unknown()),
      config: Type.Optional(Type.Unknown()),
    }),
    wireOnly: ['payload', 'config'],
  },
  /** Rules of one owner wait in the slow lane: they have cost too much lately. */
  EventDeferred: {
    exchange: 'events',
    key: 'event.deferred',
    payload: Type.Object({
      event_id: id('event'),
      event_created: Type.String(),
      trigger_ref: Type.String(),
      rule_ids: Type.Array(id('rule')),
    }),
  },
  EnforcementCreated: {
    exchange: 'executions', // not events: an enforcement opens the life of an execution
    key: 'enforcement.created',
    payload: Type.Object({
      enforcement_id: id('enforcement'),
      rule_id: nullable(id('rule')),
      rule_ref: Type.String(),
      event_id: nullable(id('event')),
      trigger_ref: Type.String(),
      payload: Type.Optional(Type.Unknown()),
    }),
    wireOnly: ['payload'],
  },
  ExecutionRequested: {
    exchange: 'executions',
    key: 'execution.requested',
    payload: Type.Object({
      execution_id: id('execution'),
      action_id: nullable(id('action')),
      action_ref: Type.String(),
      parent_id: nullable(id('execution')),
      enforcement_id: nullable(id('enforcement')),
      config: Type.Optional(Type.Unknown()),
    }),
    wireOnly: ['config'],
  },
  ExecutionDispatched: {
    wireType: 'ExecutionRequested', // the envelope name that workers know; the key tells them apart
    exchange: 'executions',
    key: 'execution.dispatch.worker.{worker_id}',
    payload: Type.Object({
      execution_id: id('execution'),
      worker_id: id('worker'),
      action_ref: Type.String(),
      /** The row's `updated` after it was scheduled: what a late reader compares. */
      scheduled_attempt_updated_at: Type.String(),
      config: Type.Optional(Type.Unknown()),
    }),
    wireOnly: ['config'],
  },
  ExecutionCancelRequested: {
    exchange: 'executions',
    key: 'execution.cancel.worker.{worker_id}',
    payload: Type.Object({ execution_id: id('execution'), worker_id: id('worker') }),
  },
  ExecutionCompleted: {
    exchange: 'executions',
    key: 'execution.completed',
    payload: Type.Object({
      execution_id: id('execution'),
      /** 0 when the action is gone. */
      action_id: Type.Integer(),
      action_ref: Type.String(),
      status: Type.String(),
      result: Type.Optional(Type.Unknown()),
      completed_at: Type.String(),
    }),
    wireOnly: ['result'],
  },
  RuleCreated: {
    exchange: 'events',
    key: 'rule.created',
    payload: Type.Object({
      ...ruleChange,
      trigger_id: nullable(id('trigger')),
      action_id: nullable(id('action')),
      action_ref: Type.String(),
      trigger_params: Type.Unknown(),
      enabled: Type.Boolean(),
    }),
  },
  RuleEnabled: {
    exchange: 'events',
    key: 'rule.enabled',
    payload: Type.Object({ ...ruleChange, trigger_params: Type.Unknown() }),
  },
  RuleDisabled: { exchange: 'events', key: 'rule.disabled', payload: Type.Object(ruleChange) },
  RuleDeleted: { exchange: 'events', key: 'rule.deleted', payload: Type.Object(ruleChange) },
  /** A sensor was made, changed, switched or deleted. */
  SensorChanged: {
    exchange: 'events',
    key: 'sensor.changed',
    payload: Type.Object({ sensor_id: id('sensor'), sensor_ref: Type.String() }),
  },
  /** A trigger was made, changed, switched or deleted. */
  TriggerChanged: {
    exchange: 'events',
    key: 'trigger.changed',
    payload: Type.Object({ trigger_id: id('trigger'), trigger_ref: Type.String() }),
  },
  /** A runtime was made, changed or deleted: workers look what they have of it. */
  RuntimeChanged: {
    exchange: 'events',
    key: 'runtime.changed',
    payload: Type.Object({ runtime_id: id('runtime'), runtime_ref: Type.String() }),
  },
  PackRegistered: {
    exchange: 'events',
    key: 'pack.registered',
    payload: Type.Object({
      pack_id: id('pack'),
      pack_ref: Type.String(),
      version: Type.String(),
      runtime_names: Type.Array(Type.String()),
    }),
  },
  /** Somebody asked that the environments of a pack be built; which and how stands in their rows. */
  PackBuildRequested: {
    exchange: 'events',
    key: 'pack.build_requested',
    payload: Type.Object({ pack_id: id('pack'), pack_ref: Type.String() }),
  },
  PackDeleted: {
    exchange: 'events',
    key: 'pack.deleted',
    payload: Type.Object({ pack_id: id('pack'), pack_ref: Type.String() }),
  },
} as const satisfies Record<string, MessageDefinition>

type MessageDefinition = {
  exchange: keyof typeof exchanges
  /** The routing key; `{field}` is taken from the payload. */
  key: string
  payload: ReturnType<typeof Type.Object>
  /** The envelope's `message_type` where it is not the name here. */
  wireType?: string
  /** Fields for readers outside: on the wire when small, absent otherwise. Our handlers read the row. */
  wireOnly?: readonly string[]
}

export type MessageType = keyof typeof messages

/** Computed once: asked for at each use, it would be most of the work of the type checker. */
type Payloads = { [T in MessageType]: Static<(typeof messages)[T]['payload']> }

/** What a publisher says. */
export type Payload<T extends MessageType> = Payloads[T]

type WireOnly<T extends MessageType> = (typeof messages)[T] extends { wireOnly: readonly (infer Field)[] }
  ? Field
  : never

/** What a handler hears: ids and refs. Facts are in the rows. */
export type ConsumedMessage<T extends MessageType> = Omit<Payload<T>, WireOnly<T> & PropertyKey>

export function definitionOf(type: MessageType): MessageDefinition {
  return messages[type]
}

export function isMessageType(name: string): name is MessageType {
  return Object.hasOwn(messages, name)
}
