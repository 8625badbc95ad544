import type { Command } from 'commander'
import { draftOf, maybeObject } from '../definition/draft.ts'
import type { Input } from '../input.ts'
import type { JsonObject } from '../json.ts'

/** What the command line says of a trigger. */
export type TriggerFlags = {
  file?: string
  label?: string
  description?: string
  paramSchema?: string
  outSchema?: string
}

/** Adds what a trigger is described by. */
export function describing(command: Command): Command {
  return command
    .option('--file <file>', 'trigger as YAML or JSON, - for standard input; flags correct it')
    .option('--label <text>', 'label')
    .option('--description <text>', 'description')
    .option('--param-schema <json>', 'schema of the parameters that rules give it, as JSON, or @file')
    .option('--out-schema <json>', 'schema of the payload of its events, as JSON, or @file')
}

export async function triggerDraft(
  flags: TriggerFlags,
  input: Input,
  more: { ref?: string | undefined; pack_ref?: string | undefined; enabled?: false | undefined } = {},
): Promise<JsonObject> {
  const given = {
    ...more,
    label: flags.label,
    description: flags.description,
    param_schema: await maybeObject(flags.paramSchema, '--param-schema', input),
    out_schema: await maybeObject(flags.outSchema, '--out-schema', input),
  }
  return draftOf(flags.file, given, input)
}
