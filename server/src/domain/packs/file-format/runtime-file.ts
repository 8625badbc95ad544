import { type Static, Type } from 'typebox'
import { choice, documentation, flag, mapping, naming, object, text } from '../../definition/form/file-key.ts'
import { runtime } from '../../definition/runtime/runtime.ts'
import { componentFile } from './component-file.ts'

const command = (description: string) => Type.Optional(Type.Array(Type.String(), { description }))

const EnvironmentVariable = Type.Union([
  Type.String(),
  Type.Object(
    {
      value: Type.String(),
      operation: choice(['set', 'prepend', 'append'], 'set when missing.'),
      separator: text('Between the value and the one that is there; a colon when missing.'),
    },
    { additionalProperties: false },
  ),
])

/** How the programs of a runtime are started, and how a pack gets its own environment. */
export const ExecutionConfig = Type.Object({
  interpreter: Type.Optional(
    Type.Object({
      binary: Type.String({ minLength: 1 }),
      args: command('Before the file.'),
      file_extension: text('With its dot.'),
    }),
  ),
  inline_execution: Type.Optional(
    Type.Object({
      strategy: choice(['direct', 'temp_file'], 'direct when missing.'),
      extension: text('Of the temporary file.'),
      inject_shell_helpers: flag('Define the parameters as variables before the code.'),
    }),
  ),
  environment: Type.Optional(
    Type.Object({
      env_type: text('A name for it; none for no environment.'),
      dir_name: text('The name of the directory.'),
      create_command: command('Program and arguments, no shell.'),
      interpreter_path: text('The interpreter inside it.'),
    }),
  ),
  dependencies: Type.Optional(
    Type.Object({
      manifest_file: Type.String({ minLength: 1 }),
      install_command: command('Program and arguments, no shell.'),
    }),
  ),
  env_vars: Type.Optional(mapping(EnvironmentVariable)),
})

const Verification = Type.Object({
  always_available: flag('Needs no check.'),
  check_required: flag('false: needs no check.'),
  commands: Type.Optional(
    Type.Array(
      Type.Object({
        binary: Type.String({ minLength: 1 }),
        args: command('Arguments.'),
        exit_code: Type.Optional(Type.Integer()),
        pattern: text('A regular expression that the output must match.'),
        priority: Type.Optional(Type.Integer()),
        optional: flag('May fail.'),
      }),
    ),
  ),
})

const Distributions = Type.Object({
  verification: Type.Optional(Verification),
  min_version: documentation,
  recommended_version: documentation,
})

const Version = Type.Object({
  version: Type.String({ minLength: 1 }),
  is_default: flag('Used by actions that do not ask for a version.'),
  distributions: Type.Optional(Distributions),
  execution_config: Type.Optional(ExecutionConfig),
  meta: object('Anything worth keeping with it.'),
})
export type VersionEntry = Static<typeof Version>

/** `runtimes/*.yaml` */
export const RuntimeFile = componentFile('A runtime', runtime.fields, {
  ref: naming.ref,
  name: text('For people and for workers; made of the ref when missing.'),
  label: documentation,
  description: naming.description,
  distributions: Type.Optional({
    ...Distributions,
    description: 'How workers find out that they have it.',
  }),
  execution_config: Type.Optional({ ...ExecutionConfig, description: 'How its programs are started.' }),
  versions: Type.Optional(
    Type.Array(Version, { description: 'All there are; those that exist stay when the key is missing.' }),
  ),
  tags: documentation,
  examples: documentation,
})
export type RuntimeFile = Static<typeof RuntimeFile>
