import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Json } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'

const text = Type.String()
const argv = Type.Array(text)

const StoredVariable = Type.Union([
  text,
  Type.Object({
    value: text,
    operation: Type.Optional(
      Type.Union([Type.Literal('set'), Type.Literal('prepend'), Type.Literal('append')]),
    ),
    separator: Type.Optional(text),
  }),
])

/** `runtime.execution_config` as it is stored: how a runtime runs files and inline code. */
const StoredExecutionConfig = Type.Object({
  interpreter: Type.Optional(
    Type.Object({
      binary: Type.Optional(text),
      args: Type.Optional(argv),
      file_extension: Type.Optional(Type.Union([text, Type.Null()])),
    }),
  ),
  inline_execution: Type.Optional(
    Type.Object({
      strategy: Type.Optional(Type.Union([Type.Literal('direct'), Type.Literal('temp_file')])),
      extension: Type.Optional(Type.Union([text, Type.Null()])),
      inject_shell_helpers: Type.Optional(Type.Boolean()),
    }),
  ),
  environment: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({
        env_type: Type.Optional(text),
        dir_name: Type.Optional(text),
        create_command: Type.Optional(argv),
        interpreter_path: Type.Optional(Type.Union([text, Type.Null()])),
      }),
    ]),
  ),
  dependencies: Type.Optional(
    Type.Union([Type.Null(), Type.Object({ manifest_file: text, install_command: Type.Optional(argv) })]),
  ),
  env_vars: Type.Optional(Type.Record(text, StoredVariable)),
})

type Stored = Static<typeof StoredExecutionConfig>
type RuntimeVariable = { value: string; operation: 'set' | 'prepend' | 'append'; separator: string }

/** The same with every default filled in. An empty `interpreter.binary` means: the file is run itself. */
export type ExecutionConfig = {
  interpreter: { binary: string; args: string[]; file_extension: string | undefined }
  inline_execution: { strategy: 'direct' | 'temp_file'; extension: string; inject_shell_helpers: boolean }
  environment:
    | { dir_name: string; create_command: string[]; interpreter_path: string | undefined }
    | undefined
  dependencies: { manifest_file: string; install_command: string[] } | undefined
  env_vars: Record<string, RuntimeVariable>
}

const check = Compile(StoredExecutionConfig)

/**
 * Reads an execution_config. Also called before one is stored: a config that does not parse is refused there
 * and never replaced by a default. Unknown keys are ignored.
 */
export function parseExecutionConfig(json: Json): { config: ExecutionConfig } | { problems: FieldProblem[] } {
  if (check.Check(json)) return { config: withDefaults(json) }
  const problems = new Map<string, FieldProblem>()
  for (const { instancePath, message } of check.Errors(json)) {
    const field = ['execution_config', ...instancePath.split('/').slice(1)].join('.')
    if (!problems.has(field)) problems.set(field, { field, message })
  }
  return { problems: [...problems.values()] }
}

function withDefaults(stored: Stored): ExecutionConfig {
  return {
    interpreter: interpreterOf(stored.interpreter),
    inline_execution: inlineOf(stored.inline_execution),
    environment: environmentOf(stored.environment),
    dependencies: dependenciesOf(stored.dependencies),
    env_vars: Object.fromEntries(
      Object.entries(stored.env_vars ?? {}).map(([name, value]) => [name, variableOf(value)]),
    ),
  }
}

function interpreterOf(stored: Stored['interpreter']): ExecutionConfig['interpreter'] {
  return {
    binary: stored?.binary ?? '',
    args: stored?.args ?? [],
    file_extension: stored?.file_extension ?? undefined,
  }
}

function inlineOf(stored: Stored['inline_execution']): ExecutionConfig['inline_execution'] {
  return {
    strategy: stored?.strategy ?? 'direct',
    extension: dotted(stored?.extension ?? ''),
    inject_shell_helpers: stored?.inject_shell_helpers ?? false,
  }
}

function dependenciesOf(stored: Stored['dependencies']): ExecutionConfig['dependencies'] {
  if (stored == null) return undefined
  return { manifest_file: stored.manifest_file, install_command: stored.install_command ?? [] }
}

function environmentOf(stored: Stored['environment']): ExecutionConfig['environment'] {
  if (stored == null || stored.env_type === 'none') return undefined
  return {
    dir_name: stored.dir_name ?? '.venv',
    create_command: stored.create_command ?? [],
    interpreter_path: stored.interpreter_path ?? undefined,
  }
}

function variableOf(stored: Static<typeof StoredVariable>): RuntimeVariable {
  if (typeof stored === 'string') return { value: stored, operation: 'set', separator: ':' }
  return { value: stored.value, operation: stored.operation ?? 'set', separator: stored.separator ?? ':' }
}

function dotted(extension: string): string {
  return extension === '' || extension.startsWith('.') ? extension : `.${extension}`
}

/** Replaces `{name}` by its value; unknown names stay as they are. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{([a-z_]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  )
}
