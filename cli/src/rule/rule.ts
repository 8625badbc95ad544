import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf, ofPack, switchingOf } from '../definition/commands.ts'
import { cellsOf, definitionView } from '../definition/view.ts'
import { trueOrFalse } from '../input.ts'
import type { Cell } from '../output/table.ts'
import { flag, type Row } from '../row.ts'

type Rule = Schemas['RuleDetail']
const { text, maybe, moment } = cellsOf<Rule>()

function enabledCell(shown: Row<Rule>): Cell {
  return flag(shown, 'enabled') ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'dim' }
}

export const rules = definitionView<Rule>({
  columns: [
    ['Ref', text('ref')],
    ['Pack', text('pack_ref')],
    ['Label', text('label')],
    ['Trigger', text('trigger_ref')],
    ['Action', text('action_ref')],
    ['Enabled', enabledCell],
  ],
  details: [
    ['Ref', text('ref')],
    ['Pack', text('pack_ref')],
    ['Label', text('label')],
    ['Description', maybe('description')],
    ['Trigger', text('trigger_ref')],
    ['Action', text('action_ref')],
    ['Enabled', enabledCell],
    ['Created', moment('created')],
    ['Updated', moment('updated')],
  ],
  sections: [
    ['Conditions', 'conditions'],
    ['Action Parameters', 'action_params'],
    ['Trigger Parameters', 'trigger_params'],
  ],
  isNone: (value) => value === null || (typeof value === 'object' && Object.keys(value).length === 0),
})

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
