import { join } from 'node:path'
import { canonicalRuntimeName } from '../domain/definition/runtime/name.ts'
import { type ExecutionConfig, fillTemplate } from '../domain/definition/runtime/execution-config.ts'
import type { Files } from './files.ts'

/** What is to be run: a file, inline code, or nothing because of `error`. */
export type Command =
  | {
      kind: 'file'
      file: string
      args: string[]
      cwd: string | null
      native: boolean
      fill: (text: string) => string
    }
  | {
      kind: 'code'
      interpreter: string
      args: string[]
      code: string
      cwd: string | null
      fill: (text: string) => string
    }
  | { kind: 'refused'; error: string }
  /** The environment was built, and its interpreter is gone. */
  | { kind: 'environment-lost' }

export type CommandRequest = {
  action: { ref: string; pack_ref: string; entrypoint: string; is_adhoc: boolean }
  /** Name as in the runtime's row, and the config of the version that was chosen. */
  runtime: { name: string; config: ExecutionConfig }
  /** The folder of the pack's environment for this runtime. */
  env_dir: string
  /** Whether it was built: then nothing runs by the machine's interpreter in its place. */
  built?: boolean
  /** The folder of the action's pack. */
  pack_dir: string
}

/** Decides what a claimed execution runs. Arguments never hold parameters or secrets. */
export async function commandOf(request: CommandRequest, files: Files): Promise<Command> {
  const { action, runtime, pack_dir } = request
  if (!isFolderName(action.pack_ref)) return refused(action, `'${action.pack_ref}' is no pack`)
  const cwd = (await files.pack(pack_dir)) ?? null
  const runsItself = canonicalRuntimeName(runtime.name) === 'native' || !hasInterpreter(runtime.config)
  if (canonicalRuntimeName(runtime.name) === 'shell' && action.is_adhoc)
    return codeCommand(request, files, cwd)
  const entrypoint = action.entrypoint.replace(/^(?:\.\/)?actions\//, '')
  const file = await files.action(pack_dir, entrypoint)
  if (file === undefined) return missingFile(request, runsItself)
  if (runsItself) return nativeCommand(file, files, cwd)
  const interpreter = await interpreterOf(request, files)
  if (interpreter === undefined) return missingInterpreter(request)
  const fill = templatesOf(request, interpreter)
  return { kind: 'file', file: interpreter, args: [...argsOf(request, fill), file], cwd, native: false, fill }
}

async function codeCommand(request: CommandRequest, files: Files, cwd: string | null): Promise<Command> {
  const code = request.action.entrypoint
  if (code.trim() === '') return refused(request.action, 'its entrypoint is empty')
  const interpreter = await interpreterOf(request, files)
  if (interpreter === undefined) return missingInterpreter(request)
  const fill = templatesOf(request, interpreter)
  return { kind: 'code', interpreter, args: argsOf(request, fill), code, cwd, fill }
}

async function nativeCommand(file: string, files: Files, cwd: string | null): Promise<Command> {
  if (!(await files.isExecutable(file)))
    return { kind: 'refused', error: `Binary is not executable: ${file}` }
  return { kind: 'file', file, args: [], cwd, native: true, fill: (text) => text }
}

/** The interpreter of the pack's environment where it exists, else the machine's. */
async function interpreterOf(
  { runtime, ...request }: CommandRequest,
  files: Files,
): Promise<string | undefined> {
  const { interpreter, environment } = runtime.config
  const own = environment?.interpreter_path
  if (own !== undefined) {
    const path = fillTemplate(own, placesOf({ runtime, ...request }))
    if (await files.isExecutable(path)) return path
    if (request.built === true) return undefined
  }
  return files.program(fillTemplate(interpreter.binary, placesOf({ runtime, ...request })))
}

function placesOf({ runtime, env_dir, pack_dir }: Omit<CommandRequest, 'action'>): Record<string, string> {
  const manifest = runtime.config.dependencies?.manifest_file
  return { pack_dir, env_dir, ...(manifest === undefined ? {} : { manifest_path: join(pack_dir, manifest) }) }
}

function templatesOf(request: CommandRequest, interpreter: string): (text: string) => string {
  const values = { ...placesOf(request), interpreter }
  return (text) => fillTemplate(text, values)
}

function argsOf({ runtime }: CommandRequest, fill: (text: string) => string): string[] {
  return runtime.config.interpreter.args.map(fill)
}

function hasInterpreter({ interpreter, environment }: ExecutionConfig): boolean {
  return interpreter.binary !== '' || environment?.interpreter_path !== undefined
}

function missingFile({ action, pack_dir }: CommandRequest, native: boolean): Command {
  const path = join(pack_dir, 'actions', action.entrypoint)
  if (native) return { kind: 'refused', error: `Binary not found: ${path}` }
  return refused(
    action,
    `the pack has no file actions/${action.entrypoint}; add it or correct the entrypoint`,
  )
}

function missingInterpreter({ action, runtime, built }: CommandRequest): Command {
  if (built === true && runtime.config.environment?.interpreter_path !== undefined)
    return { kind: 'environment-lost' }
  const name = runtime.config.interpreter.binary || (runtime.config.environment?.interpreter_path ?? '')
  return {
    kind: 'refused',
    error: `Interpreter '${name}' is not available for action '${action.ref}' on this worker`,
  }
}

function refused(action: { ref: string }, reason: string): Command {
  return { kind: 'refused', error: `No executable content found for action '${action.ref}': ${reason}` }
}

/** A pack ref becomes a folder name; anything that could leave the packs folder is none. */
function isFolderName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && name !== '.' && name !== '..'
}
