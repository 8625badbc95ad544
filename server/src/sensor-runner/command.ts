import { access, constants, mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { ActiveSensor } from '../domain/sensor/active.ts'
import type { Tokens } from '../domain/token/token.ts'
import { isJsonObject } from '../json.ts'
import { exchanges } from '../messages/messages.ts'
import { Problem } from '../problem.ts'
import type { Command } from './sensor-process.ts'

/** Seconds a sensor's token is valid; the file that holds it is renewed long before. */
export const TOKEN_TTL_SECONDS = 86_400
/** Variables that a sensor takes over from the service. Nothing else of its environment reaches it. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

export type SensorSurroundings = {
  packs: string
  artifacts: string
  /** Private folder of this process. */
  work: string
  api_url: string
  tokens: Tokens
  log_level: string
}

/** How a sensor is started: its program, and an environment built from a list. Throws a Problem when it cannot run. */
export async function commandOf(sensor: ActiveSensor, around: SensorSurroundings): Promise<Command> {
  const pack = sensor.pack_path ?? join(around.packs, sensor.pack_ref ?? '')
  const program = join(pack, 'sensors', sensor.entrypoint)
  if (relative(join(pack, 'sensors'), program).startsWith('..')) {
    throw new Problem(
      'UNPROCESSABLE_ENTITY',
      `The entry point ${sensor.entrypoint} of sensor ${sensor.ref} leaves its pack.`,
    )
  }
  const [file, ...args] = [...interpreterOf(sensor), program]
  await requireProgram(sensor, program, args.length === 0)
  return { file: file ?? program, args, cwd: pack, env: await environment(sensor, around) }
}

function interpreterOf(sensor: ActiveSensor): string[] {
  const { execution_config } = sensor
  const interpreter = isJsonObject(execution_config) ? execution_config.interpreter : undefined
  if (!isJsonObject(interpreter) || typeof interpreter.binary !== 'string' || interpreter.binary === '')
    return []
  const args = Array.isArray(interpreter.args)
    ? interpreter.args.filter((arg) => typeof arg === 'string')
    : []
  return [interpreter.binary, ...args]
}

async function requireProgram(sensor: ActiveSensor, program: string, native: boolean): Promise<void> {
  const needed = native ? constants.X_OK : constants.R_OK
  await access(program, needed).catch(() => {
    const trouble = native ? 'is missing or not executable' : 'is missing'
    throw new Problem('UNPROCESSABLE_ENTITY', `The program ${program} of sensor ${sensor.ref} ${trouble}.`)
  })
}

async function environment(
  sensor: ActiveSensor,
  around: SensorSurroundings,
): Promise<Record<string, string>> {
  const inherited = INHERITED.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  const token = await mintToken(sensor, around)
  return {
    ...Object.fromEntries(inherited),
    ATTUNE_API_URL: around.api_url,
    ATTUNE_API_TOKEN: token,
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
export async function renewToken(sensor: ActiveSensor, around: SensorSurroundings): Promise<void> {
  await writeToken(sensor, around, await mintToken(sensor, around))
}

function mintToken(sensor: ActiveSensor, { tokens }: SensorSurroundings): Promise<string> {
  return tokens.mint({
    sub: String(sensor.id),
    login: sensor.ref,
    token_type: 'sensor',
    scope: 'sensor',
    metadata: { trigger_types: sensor.trigger_types },
    ttl_seconds: TOKEN_TTL_SECONDS,
  })
}

async function writeToken(
  sensor: ActiveSensor,
  { work }: SensorSurroundings,
  token: string,
): Promise<string> {
  const folder = join(work, 'sensors')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${sensor.ref}.token`)
  await writeFile(file, token, { mode: 0o600 })
  return file
}
