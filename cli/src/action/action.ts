import type { Schemas } from '@attune/client/dist/requests.js'
import { commandsOf, ofPack, writingOf } from '../definition/commands.ts'
import { nonNegativeInteger, positiveInteger } from '../input.ts'
import { lifetime, type SummaryOrDetail, type View } from '../output/view.ts'

export const actions: View<SummaryOrDetail<Schemas['ActionSummary'], Schemas['ActionDetail']>> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', 'pack_ref', 'details'],
    ['Label', 'label'],
    ['Description', ({ description }) => description, 'details'],
    ['Runtime', ({ runtime_ref, runtime }) => runtime_ref ?? runtime],
    ['Description', ({ description }) => description, 'list'],
    ['Entry Point', ({ entrypoint }) => entrypoint, 'details'],
    ['Accepts variables', ({ accepted_env_vars }) => names(accepted_env_vars), 'details'],
    ['Gets keys', ({ key_refs }) => names(key_refs), 'details'],
    ...lifetime,
  ],
  sections: ({ param_schema, out_schema }) => [
    { title: 'Parameters', value: param_schema ?? undefined },
    { title: 'Output', value: out_schema ?? undefined },
  ],
}

function names(refs: readonly string[] = []): string | undefined {
  return refs.length === 0 ? undefined : refs.join(', ')
}

const action = {
  kind: 'action',
  plural: 'actions',
  example: 'demo.disk_usage',
  view: actions,
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
      flags: '--success-exit-code <code>',
      says: 'exit code with which it has succeeded, repeatable; without it 0',
      field: 'success_exit_codes',
      as: { each: nonNegativeInteger('an exit code', 255) },
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
