import type { Schemas } from '@attune/client/dist/requests.js'
import type { Json } from '../json.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, json, maybeText, row, text } from '../row.ts'

export type Rule = {
  ref: string
  pack_ref: string
  label: string
  description: string | undefined
  trigger_ref: string
  action_ref: string
  enabled: boolean
  created: string
  updated: string
  conditions: Json
  action_params: Json
  trigger_params: Json
}

export const rules: View<Rule> = {
  read(value) {
    const rule = row<Schemas['RuleDetail']>(value)
    return {
      ref: text(rule, 'ref'),
      pack_ref: text(rule, 'pack_ref'),
      label: text(rule, 'label'),
      description: maybeText(rule, 'description'),
      trigger_ref: text(rule, 'trigger_ref'),
      action_ref: text(rule, 'action_ref'),
      enabled: flag(rule, 'enabled'),
      created: text(rule, 'created'),
      updated: text(rule, 'updated'),
      conditions: json(rule, 'conditions'),
      action_params: json(rule, 'action_params'),
      trigger_params: json(rule, 'trigger_params'),
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Pack', ({ pack_ref }) => pack_ref],
    ['Label', ({ label }) => label],
    ['Trigger', ({ trigger_ref }) => trigger_ref],
    ['Action', ({ action_ref }) => action_ref],
    ['Enabled', ({ enabled }) => enabledCell(enabled)],
  ],
  details: (rule) => [
    ['Ref', rule.ref],
    ['Pack', rule.pack_ref],
    ['Label', rule.label],
    ['Description', rule.description ?? ''],
    ['Trigger', rule.trigger_ref],
    ['Action', rule.action_ref],
    ['Enabled', enabledCell(rule.enabled)],
    ['Created', when(rule.created)],
    ['Updated', when(rule.updated)],
  ],
  sections: (rule) =>
    [
      { title: 'Conditions', value: rule.conditions },
      { title: 'Action Parameters', value: rule.action_params },
      { title: 'Trigger Parameters', value: rule.trigger_params },
    ].filter(({ value }) => !isEmpty(value)),
}

function enabledCell(enabled: boolean): Cell {
  return enabled ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'dim' }
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}
