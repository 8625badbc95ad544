import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, json, maybeText, row, text } from '../row.ts'

export type Trigger = {
  ref: string
  pack_ref: string | undefined
  label: string
  description: string | undefined
  enabled: boolean
  sensor_ref: string | undefined
  webhook_enabled: boolean
  webhook_key: string | undefined
  created: string
  updated: string
  param_schema: Json
  out_schema: Json
}

export const triggers: View<Trigger> = {
  read(value) {
    const trigger = row<Schemas['TriggerDetail']>(value)
    return {
      ref: text(trigger, 'ref'),
      pack_ref: maybeText(trigger, 'pack_ref'),
      label: text(trigger, 'label'),
      description: maybeText(trigger, 'description'),
      enabled: flag(trigger, 'enabled'),
      sensor_ref: maybeText(trigger, 'sensor_ref'),
      webhook_enabled: flag(trigger, 'webhook_enabled'),
      webhook_key: maybeText(trigger, 'webhook_key'),
      created: text(trigger, 'created'),
      updated: text(trigger, 'updated'),
      param_schema: json(trigger, 'param_schema'),
      out_schema: json(trigger, 'out_schema'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Pack', ({ pack_ref }) => pack_ref ?? ''],
    ['Label', ({ label }) => label],
    ['Enabled', ({ enabled }) => yesNo(enabled)],
    ['Webhook', ({ webhook_enabled }) => yesNo(webhook_enabled)],
    ['Description', ({ description }) => description ?? ''],
  ],
  details: (trigger) => [
    ['Ref', trigger.ref],
    ['Pack', trigger.pack_ref ?? ''],
    ['Label', trigger.label],
    ['Description', trigger.description ?? ''],
    ['Enabled', yesNo(trigger.enabled)],
    ['Sensor', trigger.sensor_ref ?? ''],
    ['Webhook', yesNo(trigger.webhook_enabled)],
    ['Created', when(trigger.created)],
    ['Updated', when(trigger.updated)],
  ],
  sections: ({ param_schema, out_schema }) => [
    ...(param_schema === null ? [] : [{ title: 'Parameters', value: param_schema }]),
    ...(out_schema === null ? [] : [{ title: 'Payload', value: out_schema }]),
  ],
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
