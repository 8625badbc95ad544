import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf, ofPack, switchingOf } from '../definition/commands.ts'
import { trueOrFalse } from '../input.ts'
import { lifetime, type SummaryOrDetail, unlessEmpty, type View } from '../output/view.ts'

export const rules: View<SummaryOrDetail<Schemas['RuleSummary'], Schemas['RuleDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', 'pack_ref'],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Trigger', 'trigger_ref'],
    ['Action', 'action_ref'],
    [
      'Enabled',
      ({ enabled }) => (enabled ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'dim' }),
    ],
    ...lifetime,
  ],
  sections: ({ conditions, action_params, trigger_params }) => [
    { title: 'Conditions', value: unlessEmpty(conditions) },
    { title: 'Action Parameters', value: unlessEmpty(action_params) },
    { title: 'Trigger Parameters', value: unlessEmpty(trigger_params) },
  ],
}

const rule = {
  kind: 'rule',
  plural: 'rules',
  example: 'demo.on_deploy',
  view: rules,
  filters: [
    ofPack('rules'),
    { flags: '-t, --trigger <ref>', says: 'only rules of this trigger', field: 'trigger_ref' },
    { flags: '-a, --action <ref>', says: 'only rules that run this action', field: 'action_ref' },
    {
      flags: '-e, --enabled <true|false>',
      says: 'only rules that are enabled, or that are not',
      field: 'enabled',
      as: { parse: trueOrFalse },
    },
  ],
  get: { says: 'show a rule with its conditions and parameters', example: 'demo.on_deploy' },
  remove: 'delete a rule; its events and executions stay',
  switches: {
    enable: 'let a rule take events again',
    disable: 'let a rule take no more events; what it has caused goes on',
  },
} as const

export const ruleCommands = { ...commandsOf(rule), ...switchingOf(rule) }
