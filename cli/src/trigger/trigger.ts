import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf, ofPack, switchingOf, writingOf } from '../definition/commands.ts'
import { cellsOf, definitionView } from '../definition/view.ts'
import type { Row } from '../row.ts'

export type Trigger = Row<Schemas['TriggerDetail']>

const { text, maybe, moment, yesNo } = cellsOf<Schemas['TriggerDetail']>()

export const triggers = definitionView<Schemas['TriggerDetail']>({
  columns: [
    ['Ref', text('ref')],
    ['Pack', maybe('pack_ref')],
    ['Label', text('label')],
    ['Enabled', yesNo('enabled')],
    ['Webhook', yesNo('webhook_enabled')],
    ['Description', maybe('description')],
  ],
  details: [
    ['Ref', text('ref')],
    ['Pack', maybe('pack_ref')],
    ['Label', text('label')],
    ['Description', maybe('description')],
    ['Enabled', yesNo('enabled')],
    ['Sensor', maybe('sensor_ref')],
    ['Webhook', yesNo('webhook_enabled')],
    ['Created', moment('created')],
    ['Updated', moment('updated')],
  ],
  sections: [
    ['Parameters', 'param_schema'],
    ['Payload', 'out_schema'],
  ],
})

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
