import { mkdir } from 'node:fs/promises'
import type { EnvironmentConfig } from '../domain/packs/pack-environment/wanted.ts'
import { fillTemplate } from '../domain/definition/runtime/execution-config.ts'
import { monotonicMs } from '../waiting/monotonic.ts'
import { storableText } from '../text/storable-text.ts'
import { type ProcessAccount, give } from '../run-as/account.ts'
import type { BuildProcesses, CommandEnd } from './build-processes.ts'
import { isExecutable } from '../action-runner/files.ts'

/** What of the output is kept, from its end. */
const LOG_CHARACTERS = 32 * 1024
/** What of it an error shows. */
const TAIL_LINES = 20
const TAIL_CHARACTERS = 2000

export type BuildOrder = {
  config: EnvironmentConfig
  pack_dir: string
  manifest_path: string
  /** Where the environment is to be; nothing is there yet. */
  directory: string
  timeout_ms: number
  /** Whom its programs run as. */
  account: ProcessAccount | undefined
}

export type BuildEnd =
  | { kind: 'built'; log: string }
  | { kind: 'failed'; outcome: 'failed' | 'timeout'; error: string; log: string }
  /** It was taken from us, or we stop: nothing can be said about the environment. */
  | { kind: 'stopped' }

/** Makes an environment and installs what the manifest asks for. */
export async function build(order: BuildOrder, processes: BuildProcesses): Promise<BuildEnd> {
  const { config, directory } = order
  const deadline = monotonicMs() + order.timeout_ms
  const said: string[] = []
  const steps = [
    { verb: 'create', command: config.environment.create_command },
    { verb: 'install', command: config.dependencies.install_command },
  ]
  for (const { verb, command } of steps) {
    // Only a create command may want to make the directory itself.
    if (verb === 'install' && (await mkdir(directory, { recursive: true })) !== undefined)
      give(directory, order.account)
    if (command.length === 0) continue
    const argv = await filled(command, order)
    const end = await processes.run({
      argv,
      cwd: order.pack_dir,
      timeout_ms: Math.max(1, deadline - monotonicMs()),
    })
    if (end.kind === 'stopped') return end
    said.push(`$ ${argv.join(' ')}`, 'output' in end ? end.output : end.error)
    const failure = failureOf(end, order.timeout_ms)
    if (failure !== undefined) return failed(end, `the ${verb} command ${failure}`, said)
  }
  const own = ownInterpreter(config, order.pack_dir)(directory)
  if (own === undefined || (await isExecutable(own, order.account)))
    return { kind: 'built', log: logOf(said) }
  return {
    kind: 'failed',
    outcome: 'failed',
    error: `the commands ended well and left no interpreter at ${own}; correct environment.interpreter_path of the runtime`,
    log: logOf(said),
  }
}

/** Where the interpreter of an environment would be; undefined where it has none of its own. */
export function ownInterpreter(
  config: EnvironmentConfig,
  pack_dir: string,
): (env_dir: string) => string | undefined {
  const template = config.environment.interpreter_path
  return (env_dir) => (template === undefined ? undefined : fillTemplate(template, { env_dir, pack_dir }))
}

async function filled(command: readonly string[], order: BuildOrder): Promise<string[]> {
  const { config, pack_dir, manifest_path, directory: env_dir } = order
  const own = ownInterpreter(config, pack_dir)(env_dir)
  const interpreter =
    own !== undefined && (await isExecutable(own, order.account)) ? own : config.interpreter.binary
  return command.map((part) => fillTemplate(part, { pack_dir, env_dir, manifest_path, interpreter }))
}

type Failing = Exclude<CommandEnd, { kind: 'stopped' }>

function failureOf(end: Failing, timeout_ms: number): string | undefined {
  switch (end.kind) {
    case 'ended':
      if (end.exit_code === 0) return undefined
      return end.signal === null ? `ended with exit code ${end.exit_code}` : `was ended by ${end.signal}`
    case 'timeout':
      return `was stopped after the ${Math.round(timeout_ms / 1000)} seconds that a build may take`
    case 'not-started':
      return 'could not be started'
  }
}

function failed(end: Failing, what: string, said: readonly string[]): BuildEnd {
  const tail = storableText('output' in end ? end.output : end.error)
    .trimEnd()
    .split('\n')
    .slice(-TAIL_LINES)
    .join('\n')
    .slice(-TAIL_CHARACTERS)
  return {
    kind: 'failed',
    outcome: end.kind === 'timeout' ? 'timeout' : 'failed',
    error: tail === '' ? what : `${what}:\n${tail}`,
    log: logOf(said),
  }
}

function logOf(said: readonly string[]): string {
  return storableText(said.join('\n').slice(-LOG_CHARACTERS))
}
