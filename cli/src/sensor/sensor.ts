import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, json, maybeText, row, text } from '../row.ts'

export type Sensor = {
  ref: string
  pack_ref: string | undefined
  label: string
  description: string | undefined
  enabled: boolean
  created: string
  updated: string
  /** The rest is not in lists. */
  entrypoint: string | undefined
  runtime_ref: string | undefined
  control: string | undefined
  param_schema: Json
}

export const sensors: View<Sensor> = {
  read(value) {
    const sensor = row<Schemas['SensorDetail']>(value)
    return {
      ref: text(sensor, 'ref'),
      pack_ref: maybeText(sensor, 'pack_ref'),
      label: text(sensor, 'label'),
      description: maybeText(sensor, 'description'),
      enabled: flag(sensor, 'enabled'),
      created: text(sensor, 'created'),
      updated: text(sensor, 'updated'),
      entrypoint: maybeText(sensor, 'entrypoint'),
      runtime_ref: maybeText(sensor, 'runtime_ref'),
      control: maybeText(sensor, 'control'),
      param_schema: json(sensor, 'param_schema'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Pack', ({ pack_ref }) => pack_ref ?? ''],
    ['Label', ({ label }) => label],
    ['Enabled', ({ enabled }) => yesNo(enabled)],
    ['Description', ({ description }) => description ?? ''],
  ],
  details: (sensor) => [
    ['Ref', sensor.ref],
    ['Pack', sensor.pack_ref ?? ''],
    ['Label', sensor.label],
    ['Description', sensor.description ?? ''],
    ['Enabled', yesNo(sensor.enabled)],
    ['Runtime', sensor.runtime_ref ?? ''],
    ['Entry Point', sensor.entrypoint ?? ''],
    ['When rules change', sensor.control === 'stdin' ? 'it is told' : 'it is restarted'],
    ['Created', when(sensor.created)],
    ['Updated', when(sensor.updated)],
  ],
  sections: ({ param_schema }) =>
    param_schema === null ? [] : [{ title: 'Parameters', value: param_schema }],
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
