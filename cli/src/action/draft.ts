import type { Command } from 'commander'
import { draftOf, maybeObject } from '../definition/draft.ts'
import { type Input, nonNegativeInteger, optionText, positiveInteger, repeated } from '../input.ts'
import type { JsonObject } from '../json.ts'

/** What the command line says of an action. */
export type ActionFlags = {
  file?: string
  label?: string
  description?: string
  entrypoint?: string
  runtime?: string
  runtimeVersion?: string
  paramSchema?: string
  outSchema?: string
  timeout?: number
  maxRetries?: number
  acceptEnv?: string[]
  key?: string[]
}

/** Adds what an action is described by. */
export function describing(command: Command): Command {
  return command
    .option('--file <file>', 'action as YAML or JSON, - for standard input; flags correct it')
    .option('--label <text>', 'label')
    .option('--description <text>', 'description')
    .option('--entrypoint <file|@script>', "file in the pack's actions/; of a shell action the script itself")
    .option('--runtime <ref>', 'runtime, like core.shell')
    .option('--runtime-version <constraint>', "versions of the runtime that will do, like '>=3.11'")
    .option('--param-schema <json>', 'schema of its parameters as JSON, or @file')
    .option('--out-schema <json>', 'schema of its output as JSON, or @file')
    .option('--timeout <seconds>', 'how long it may run', positiveInteger('a timeout'))
    .option(
      '--max-retries <n>',
      'how often it is tried again',
      nonNegativeInteger('a number of retries', 1000),
    )
    .option(
      '--accept-env <name>',
      'environment variable that whoever runs it may choose, repeatable',
      repeated,
    )
    .option('--key <ref>', 'key of the system that it gets, repeatable', repeated)
}

export async function actionDraft(
  flags: ActionFlags,
  input: Input,
  more: { ref?: string | undefined; pack_ref?: string | undefined } = {},
): Promise<JsonObject> {
  const given = {
    ...more,
    label: flags.label,
    description: flags.description,
    entrypoint: flags.entrypoint === undefined ? undefined : await optionText(flags.entrypoint, input),
    runtime_ref: flags.runtime,
    runtime_version_constraint: flags.runtimeVersion,
    param_schema: await maybeObject(flags.paramSchema, '--param-schema', input),
    out_schema: await maybeObject(flags.outSchema, '--out-schema', input),
    timeout_seconds: flags.timeout,
    max_retries: flags.maxRetries,
    accepted_env_vars: flags.acceptEnv,
    key_refs: flags.key,
  }
  return draftOf(flags.file, given, input)
}
