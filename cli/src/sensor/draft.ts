import type { Command } from 'commander'
import { draftOf, maybeObject } from '../definition/draft.ts'
import type { Input } from '../input.ts'
import type { JsonObject } from '../json.ts'

/** What the command line says of a sensor. */
export type SensorFlags = {
  file?: string
  label?: string
  description?: string
  entrypoint?: string
  paramSchema?: string
}

/** Adds what a sensor is described by. */
export function describing(command: Command): Command {
  return command
    .option('--file <file>', 'sensor as YAML or JSON, - for standard input; flags correct it')
    .option('--label <text>', 'label')
    .option('--description <text>', 'description')
    .option('--entrypoint <file>', "file in the pack's sensors/")
    .option('--param-schema <json>', 'schema of its parameters as JSON, or @file')
}

export async function sensorDraft(
  flags: SensorFlags,
  input: Input,
  more: Readonly<Record<string, string | false | undefined>> = {},
): Promise<JsonObject> {
  const given = {
    ...more,
    label: flags.label,
    description: flags.description,
    entrypoint: flags.entrypoint,
    param_schema: await maybeObject(flags.paramSchema, '--param-schema', input),
  }
  return draftOf(flags.file, given, input)
}
