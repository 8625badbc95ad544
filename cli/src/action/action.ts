import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf, ofPack, writingOf } from '../definition/commands.ts'
import { cellsOf, definitionView } from '../definition/view.ts'
import { nonNegativeInteger, positiveInteger } from '../input.ts'
import { maybeInteger, maybeText, type Row } from '../row.ts'

type Action = Schemas['ActionDetail']
const { text, maybe, moment, texts } = cellsOf<Action>()

function runtimeName(shown: Row<Action>): string {
  return maybeText(shown, 'runtime_ref') ?? maybeInteger(shown, 'runtime')?.toString() ?? ''
}

const action = {
  kind: 'action',
  plural: 'actions',
  example: 'demo.disk_usage',
  view: definitionView<Action>({
    columns: [
      ['Ref', text('ref')],
      ['Label', text('label')],
      ['Runtime', runtimeName],
      ['Description', maybe('description')],
    ],
    details: [
      ['Ref', text('ref')],
      ['Pack', text('pack_ref')],
      ['Label', text('label')],
      ['Description', maybe('description')],
      ['Runtime', runtimeName],
      ['Entry Point', maybe('entrypoint')],
      ['Accepts variables', texts('accepted_env_vars')],
      ['Gets keys', texts('key_refs')],
      ['Created', moment('created')],
      ['Updated', moment('updated')],
    ],
    optional: ['Accepts variables', 'Gets keys'],
    sections: [
      ['Parameters', 'param_schema'],
      ['Output', 'out_schema'],
    ],
  }),
  filters: [
    ofPack('actions'),
    {
      flags: '--executable',
      says: 'only actions that you may run',
      field: 'executable_with_current_access',
    },
  ],
  get: { says: 'show an action with the schemas of its parameters and output', example: 'core.echo' },
  flags: [
    {
      flags: '--entrypoint <file|@script>',
      says: "file in the pack's actions/; of a shell action the script itself",
      field: 'entrypoint',
      as: 'script',
    },
    { flags: '--runtime <ref>', says: 'runtime, like core.shell', field: 'runtime_ref' },
    {
      flags: '--runtime-version <constraint>',
      says: "versions of the runtime that will do, like '>=3.11'",
      field: 'runtime_version_constraint',
    },
    {
      flags: '--param-schema <json>',
      says: 'schema of its parameters as JSON, or @file',
      field: 'param_schema',
      as: 'object',
    },
    {
      flags: '--out-schema <json>',
      says: 'schema of its output as JSON, or @file',
      field: 'out_schema',
      as: 'object',
    },
    {
      flags: '--timeout <seconds>',
      says: 'how long it may run',
      field: 'timeout_seconds',
      as: { parse: positiveInteger('a timeout') },
    },
    {
      flags: '--max-retries <n>',
      says: 'how often it is tried again',
      field: 'max_retries',
      as: { parse: nonNegativeInteger('a number of retries', 1000) },
    },
    {
      flags: '--accept-env <name>',
      says: 'environment variable that whoever runs it may choose, repeatable',
      field: 'accepted_env_vars',
      as: 'list',
    },
    {
      flags: '--key <ref>',
      says: 'key of the system that it gets, repeatable',
      field: 'key_refs',
      as: 'list',
    },
  ],
  create: {
    says: 'create an action: a script of its own, or a program that its pack has',
    only: [],
    needs: [['entrypoint', 'Give a script with --entrypoint @script.sh.']],
  },
  update: {
    says: 'change an action; what is not given stays',
    clearable: ['runtime_version_constraint', 'timeout_seconds'],
  },
  remove: 'delete an action; its executions stay',
} as const

export const actionCommands = { ...commandsOf(action), ...writingOf(action) }
