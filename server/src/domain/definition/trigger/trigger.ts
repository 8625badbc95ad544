import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Permission } from '../../caller/permission.ts'
import { credential, shownCredential } from '../../access/permission/credential.ts'

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

/** What shows the key of the webhook: whoever may replace it may know it. */
const showsKey: Permission = ['triggers', 'update']

/** A trigger as it is shown: webhook_config may hold the secret that signs its webhooks. */
export const TriggerDetail = Type.Object(
  {
    ...Type.Omit(Trigger, ['webhook_config', 'file_enabled']).properties,
    webhook_key: credential(showsKey),
  },
  { title: 'TriggerDetail' },
)
export type TriggerDetail = Static<typeof TriggerDetail>

/** A trigger for this caller. */
export function shownTrigger(caller: Caller, trigger: Trigger): TriggerDetail {
  const { id, ref, pack_ref, webhook_key } = trigger
  return {
    ...trigger,
    webhook_key: shownCredential(caller, showsKey, { id, ref, pack_ref }, webhook_key),
  }
}

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
