import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, oneOf } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import { given, shortText } from '../../schema/body-fields.ts'
import { distinctRefs } from '../../access/permission/delegation.ts'
import { define } from '../form/definition.ts'
import {
  clearable,
  dates,
  decided,
  description,
  detailOf,
  document,
  kept,
  label,
  parameterSchema,
  plain,
  ref,
  rowSchema,
  summaryOf,
  textsOf,
  unlisted,
} from '../form/field.ts'
import { choice, count, flag, mapping, texts } from '../form/file-key.ts'
import { atLeastOne, entrypoint, placement, retention, versionConstraint } from '../form/program.ts'
import { checkConstraint } from '../form/version.ts'
import { checkAcceptedEnvVars } from './env-vars.ts'

const chosenRuntime = given(Type.Integer({ description: 'Id of a runtime. Wins over runtime_ref.' }))
const runtimeRef = given(shortText)

function oneWord<const Values extends readonly [string, ...string[]]>(values: Values) {
  return plain(oneOf(values), oneOf(values), values[0])
}

/** A list of refs or names, each once. */
const names = (says?: string) => ({
  ...plain(
    Type.Array(Type.String()),
    Type.Array(shortText, { maxItems: 100, ...(says === undefined ? {} : { description: says }) }),
    [],
  ),
  tidy: (value: Json) => distinctRefs(textsOf(value)),
})

const exitCodes = Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
  minItems: 1,
  maxItems: 256,
  uniqueItems: true,
  description: 'With which exit codes it has succeeded; 0 alone when missing.',
})
const deliveries = ['stdin', 'file'] as const
const forms = ['json', 'dotenv', 'yaml'] as const
const outputs = ['text', 'json', 'yaml', 'jsonl'] as const

/** A program that a worker can run. */
export const action = define({
  kind: 'action',
  resource: 'actions',
  table: {
    from: sql`action d`,
    insert: sql`insert into action as d`,
    update: sql`update action d set`,
    delete: sql`delete from action d`,
    row: sql`null::action`,
  },
  beside: { columns: sql`r.ref as runtime_ref`, from: sql`left join runtime r on r.id = d.runtime` },
  origin: { column: 'is_adhoc', of_file: false },
  fields: {
    id: kept(id('action')),
    ref,
    pack: unlisted(kept(id('pack'))),
    pack_ref: { row: Type.String(), create: shortText },
    label,
    description,
    entrypoint: entrypoint('A file in `actions/` of the pack; for a shell runtime the script itself.'),
    runtime: { ...decided(nullable(id('runtime'))), create: chosenRuntime, update: chosenRuntime },
    runtime_ref: { create: runtimeRef, update: runtimeRef },
    param_schema: unlisted({ ...document, ...parameterSchema(['parameters', 'What the action takes.']) }),
    out_schema: unlisted({
      ...document,
      ...parameterSchema(['output', 'What it returns.'], ['output_schema', 'Another spelling of output.']),
    }),
    parameter_delivery: unlisted({
      ...oneWord(deliveries),
      file: {
        parameter_delivery: choice(deliveries, 'How the program gets its parameters; stdin when missing.'),
      },
    }),
    parameter_format: unlisted({
      ...oneWord(forms),
      file: { parameter_format: choice(forms, 'In which form; json when missing.') },
    }),
    output_format: unlisted({
      ...oneWord(outputs),
      file: { output_format: choice(outputs, 'What it prints; text when missing.') },
    }),
    is_adhoc: kept(Type.Boolean()),
    timeout_seconds: {
      ...clearable(Type.Integer(), atLeastOne),
      file: {
        timeout_seconds: count('When the program is stopped.', 1),
        timeout: count('Another spelling of timeout_seconds.', 1),
      },
    },
    max_retries: {
      ...plain(nullable(Type.Integer()), Type.Integer({ minimum: 0, maximum: 1000 }), 0),
      file: { max_retries: count('How often a failed execution is tried again; 0 when missing.', 0) },
    },
    success_exit_codes: unlisted({
      ...plain(Type.Array(Type.Integer()), exitCodes, [0]),
      file: { success_exit_codes: Type.Optional(exitCodes) },
    }),
    runtime_version_constraint: {
      ...clearable(Type.String(), Type.String({ maxLength: 256 })),
      ...versionConstraint,
    },
    accesses_mcp: {
      ...plain(Type.Boolean(), Type.Boolean(), false),
      file: { accesses_mcp: flag('The program talks to the platform through MCP.') },
    },
    default_execution_permission_set_refs: {
      ...names(),
      file: {
        default_execution_permission_set_refs: texts(
          'What the program may do with the API; no token when missing.',
        ),
      },
    },
    accepted_env_vars: {
      ...names('Environment variables that whoever starts it may choose; it gets no others from them.'),
      file: {
        accepted_env_vars: texts(
          'Environment variables that whoever starts it may choose; none when missing.',
        ),
      },
      check: { code: 'VALIDATION_ERROR', problems: (value) => checkAcceptedEnvVars(textsOf(value)) },
    },
    key_refs: {
      ...names('Keys of the system that it gets. Whoever names one must be allowed to decrypt it.'),
      file: { key_refs: texts('Keys of the system that it gets; none when missing.') },
    },
    ...retention,
    required_worker_runtimes: {
      ...plain(
        anyJson,
        Type.Record(Type.String(), Type.String(), {
          description: 'Runtimes by name, each with a version or `*`.',
        }),
        {},
      ),
      file: {
        required_worker_runtimes: Type.Optional({
          ...mapping(Type.String()),
          description: 'Other runtimes that the worker must offer, each with a version constraint.',
        }),
      },
      check: { code: 'BAD_REQUEST', problems: checkRequired },
    },
    ...placement,
    ...dates,
  },
})

function checkRequired(required: Json, field: string) {
  return Object.entries(isJsonObject(required) ? required : {}).flatMap(([runtime, constraint]) => {
    const message = checkConstraint(constraint)
    return message === undefined ? [] : [{ field: `${field}.${runtime}`, message }]
  })
}

export const Action = rowSchema(action.fields)
export type Action = Static<typeof Action>

const runtime_ref = nullable(Type.String({ description: 'The runtime of `runtime`.' }))

/** An action as it is shown. */
export const ActionDetail = Type.Object(
  { ...detailOf(action.fields), runtime_ref },
  { title: 'ActionDetail' },
)
export type ActionDetail = Static<typeof ActionDetail>

/** An action in lists. */
export const ActionSummary = Type.Object(
  { ...summaryOf(action.fields), runtime_ref },
  { title: 'ActionSummary' },
)

/** What searching for an action shows. */
export const ActionHit = Type.Object(
  {
    ...Type.Pick(Action, ['ref', 'pack_ref', 'label', 'description', 'accesses_mcp']).properties,
    runtime_ref,
    is_workflow: Type.Boolean({
      description: 'Whether the action is a graph of tasks instead of a program.',
    }),
  },
  { title: 'ActionHit' },
)
export type ActionHit = Static<typeof ActionHit>
