import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { ResolvedEnvironment } from '../action-runner/environment-resolver.ts'
import { environmentFolder } from '../domain/packs/pack-environment/place.ts'
import {
  type ExecutionConfig,
  fillTemplate,
  parseExecutionConfig,
} from '../domain/definition/runtime/execution-config.ts'
import { withRuntimeVariables } from '../domain/definition/runtime/variables.ts'
import type { ActiveSensor } from '../domain/definition/sensor/active.ts'
import { DEFAULT_TTL_SECONDS, issueToHost, renewForHost } from '../domain/definition/sensor-token/issue.ts'
import type { Tokens } from '../domain/access/token/token.ts'
import type { Database } from '../database/database.ts'
import type { Id } from '../id.ts'
import { exchanges } from '../messages/messages.ts'
import { Problem } from '../problem.ts'
import { type ProcessAccount, give, passable, variablesOf } from '../run-as/account.ts'
import type { PackFolders } from '../run-as/pack-copies.ts'
import { may } from '../run-as/reach.ts'
import { removeTree } from '../run-as/remove-tree.ts'
import type { SensorCommand } from './sensor-process.ts'

/** Seconds a sensor's token is valid; the file that holds it is renewed long before. */
export const TOKEN_TTL_SECONDS = DEFAULT_TTL_SECONDS
/** Variables that a sensor takes over from the service. Nothing else of its environment reaches it. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

export type SensorSurroundings = {
  packs: string
  runtime_envs: string
  artifacts: string
  /** Private folder of this process. */
  work: string
  pack_folders: PackFolders
  api_url: string
  database: Database
  tokens: Tokens
  /** Who runs the sensors: their tokens say so. */
  host: { worker: Id<'worker'>; worker_name: string }
  log_level: string
}

/** The same for one process: whom it runs as, and which owner of the sensor the host is. */
type RunSurroundings = SensorSurroundings & { account: ProcessAccount | undefined; generation: number }

/** How a sensor is started: its program, and an environment built from a list. Throws a Problem when it cannot run. */
export async function commandOf(
  sensor: ActiveSensor,
  around: RunSurroundings & { environment: ResolvedEnvironment },
): Promise<SensorCommand> {
  const { account } = around
  const pack = await around.pack_folders(sensor.pack_path ?? join(around.packs, sensor.pack_ref ?? ''))
  const program = join(pack, 'sensors', sensor.entrypoint)
  if (relative(join(pack, 'sensors'), program).startsWith('..')) {
    throw new Problem(
      'UNPROCESSABLE_ENTITY',
      `The entry point ${sensor.entrypoint} of sensor ${sensor.ref} leaves its pack.`,
    )
  }
  const config = configOf(sensor)
  const fill = templatesOf(sensor, pack, around)
  const [file, ...args] = [...interpreterOf(config, around.environment, fill), program]
  await requireProgram(sensor, program, { native: args.length === 0, account })
  const own = await environment(sensor, around)
  return {
    file: file ?? program,
    args,
    cwd: pack,
    account,
    env: withRuntimeVariables(own, own, config.env_vars, fill),
  }
}

function configOf({ ref, runtime_ref, execution_config }: ActiveSensor): ExecutionConfig {
  const parsed = parseExecutionConfig(execution_config)
  if ('config' in parsed) return parsed.config
  const reasons = parsed.problems.map(({ field, message }) => `${field} ${message}`).join('; ')
  throw new Problem(
    'UNPROCESSABLE_ENTITY',
    `The sensor ${ref} cannot run by the runtime ${runtime_ref}: ${reasons}.`,
  )
}

function templatesOf(
  { pack_ref, runtime_ref }: ActiveSensor,
  pack_dir: string,
  { environment, runtime_envs }: SensorSurroundings & { environment: ResolvedEnvironment },
): (text: string) => string {
  const built = environment.kind === 'ready' ? environment.env_dir : undefined
  const env_dir = built ?? join(runtime_envs, pack_ref ?? '', environmentFolder(runtime_ref, undefined))
  return (text) => fillTemplate(text, { pack_dir, env_dir })
}

/** The interpreter of the pack's environment where there is one; nothing where the program runs itself. */
function interpreterOf(
  { interpreter, environment: own }: ExecutionConfig,
  environment: ResolvedEnvironment,
  fill: (text: string) => string,
): string[] {
  const built = environment.kind === 'ready' && environment.env_dir !== undefined
  const binary = built ? (own?.interpreter_path ?? interpreter.binary) : interpreter.binary
  return binary === '' ? [] : [binary, ...interpreter.args].map(fill)
}

async function requireProgram(
  sensor: ActiveSensor,
  program: string,
  { native, account }: { native: boolean; account: ProcessAccount | undefined },
): Promise<void> {
  if (may(native ? 'execute' : 'read', program, account)) return
  const trouble = native ? 'is missing or not executable' : 'is missing'
  const by = account === undefined ? '' : ` for the account ${account.uid}, which it runs as`
  throw new Problem('UNPROCESSABLE_ENTITY', `The program ${program} of sensor ${sensor.ref} ${trouble}${by}.`)
}

async function environment(sensor: ActiveSensor, around: RunSurroundings): Promise<Record<string, string>> {
  const { account } = around
  const inherited = INHERITED.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  const folder = await makeFolder(sensor, around)
  const home = join(folder, 'home')
  const { database, tokens } = around
  const host = { ...around.host, generation: around.generation }
  const { token } = await database.transaction((tx) => issueToHost({ tx, tokens, host }, sensor))
  return {
    ...Object.fromEntries(inherited),
    ...(account === undefined ? {} : variablesOf(account, home)),
    ATTUNE_API_URL: around.api_url,
    ATTUNE_API_TOKEN_FILE: await writeToken(sensor, around, token),
    ATTUNE_SENSOR_ID: String(sensor.id),
    ATTUNE_SENSOR_REF: sensor.ref,
    ATTUNE_SENSOR_TRIGGERS: JSON.stringify(sensor.rules),
    ATTUNE_SENSOR_CONFIG: JSON.stringify(sensor.config ?? {}),
    ATTUNE_MQ_EXCHANGE: exchanges.events.name,
    ATTUNE_ARTIFACTS_DIR: around.artifacts,
    ATTUNE_LOG_LEVEL: around.log_level,
  }
}

/** Puts a fresh token where the sensor reads it. */
export async function renewToken(sensor: ActiveSensor, around: RunSurroundings): Promise<void> {
  const { database, tokens } = around
  const host = { ...around.host, generation: around.generation }
  const { token } = await database.transaction((tx) => renewForHost({ tx, tokens, host }, sensor))
  await writeToken(sensor, around, token)
}

/**
 * Where the sensor reads it, and nobody else can. Renamed into place: whoever reads sees one or the other, and the
 * folder of the file is not the sensor's, which could put a link there.
 */
async function writeToken(sensor: ActiveSensor, around: RunSurroundings, token: string): Promise<string> {
  const file = join(folderOf(sensor, around), 'token')
  await writeFile(`${file}.new`, token, { mode: 0o400 })
  give(`${file}.new`, around.account)
  await rename(`${file}.new`, file)
  return file
}

/**
 * Where a sensor has its token and its home. Hosts of one machine may share the folder: the process of an earlier owner
 * must not find the token of the next one where it looks for its own.
 */
function folderOf({ ref }: ActiveSensor, { work, generation }: RunSurroundings): string {
  return join(work, 'sensors', ref, String(generation))
}

/** Empty, whatever an earlier process left there. */
async function makeFolder(sensor: ActiveSensor, around: RunSurroundings): Promise<string> {
  const folder = folderOf(sensor, around)
  removeTree(dirname(folder))
  for (const path of [around.work, join(around.work, 'sensors'), dirname(folder), folder]) {
    await mkdir(path, { recursive: true })
    await chmod(path, passable(around.account))
  }
  const home = join(folder, 'home')
  await mkdir(home, { mode: 0o700 })
  give(home, around.account)
  return folder
}
