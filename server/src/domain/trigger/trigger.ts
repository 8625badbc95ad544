import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../database/row.ts'

/** A kind of event: what rules are made on. */
export const Trigger = Type.Object({
  id: id('trigger'),
  ref: Type.String(),
  pack: nullable(id('pack')),
  pack_ref: nullable(Type.String()),
  label: Type.String(),
  description: nullable(Type.String()),
  enabled: Type.Boolean(),
  file_enabled: nullable(Type.Boolean()),
  is_adhoc: Type.Boolean(),
  param_schema: nullable(anyJson),
  out_schema: nullable(anyJson),
  webhook_enabled: Type.Boolean(),
  webhook_key: nullable(Type.String()),
  webhook_config: nullable(anyJson),
  sensor: nullable(id('sensor')),
  sensor_ref: nullable(Type.String()),
  created: timestamp,
  updated: timestamp,
})
export type Trigger = Static<typeof Trigger>

/** A trigger as it is shown: webhook_config may hold the secret that signs its webhooks. */
export const TriggerDetail = Type.Omit(Trigger, ['webhook_config', 'file_enabled'], {
  title: 'TriggerDetail',
})
export type TriggerDetail = Static<typeof TriggerDetail>

/** A trigger in lists. */
export const TriggerSummary = Type.Pick(
  Trigger,
  [
    'id',
    'ref',
    'pack_ref',
    'label',
    'description',
    'enabled',
    'webhook_enabled',
    'sensor_ref',
    'created',
    'updated',
  ],
  { title: 'TriggerSummary' },
)
export type TriggerSummary = Static<typeof TriggerSummary>
