import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf, ofPack, switchingOf, writingOf } from '../definition/commands.ts'
import { lifetime, type SummaryOrDetail, type View, yesNo } from '../output/view.ts'

export const triggers: View<SummaryOrDetail<Schemas['TriggerSummary'], Schemas['TriggerDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', ({ pack_ref }) => pack_ref],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Enabled', ({ enabled }) => yesNo(enabled)],
    ['Sensor', ({ sensor_ref }) => sensor_ref, 'details'],
    ['Webhook', ({ webhook_enabled }) => yesNo(webhook_enabled)],
    ['Description', ({ description }) => description, 'list'],
    ...lifetime,
  ],
  sections: ({ param_schema, out_schema }) => [
    { title: 'Parameters', value: param_schema ?? undefined },
    { title: 'Payload', value: out_schema ?? undefined },
  ],
}

const trigger = {
  kind: 'trigger',
  plural: 'triggers',
  example: 'demo.deployed',
  view: triggers,
  filters: [ofPack('triggers')],
  get: {
    says: 'show a trigger with the schemas of its parameters and payload',
    example: 'core.intervaltimer',
  },
  flags: [
    {
      flags: '--param-schema <json>',
      says: 'schema of the parameters that rules give it, as JSON, or @file',
      field: 'param_schema',
      as: 'object',
    },
    {
      flags: '--out-schema <json>',
      says: 'schema of the payload of its events, as JSON, or @file',
      field: 'out_schema',
      as: 'object',
    },
  ],
  create: {
    says: 'create a trigger: a kind of event that rules can wait for',
    only: [{ flags: '--disabled', says: 'create it switched off', field: 'enabled', as: { value: false } }],
    needs: [],
  },
  update: {
    says: 'change a trigger; what is not given stays',
    clearable: ['param_schema', 'out_schema'],
  },
  remove: 'delete a trigger; its events stay',
  switches: {
    enable: 'take events of a trigger again',
    disable: 'refuse events of a trigger, also from its webhook',
  },
} as const

export const triggerCommands = { ...commandsOf(trigger), ...writingOf(trigger), ...switchingOf(trigger) }
