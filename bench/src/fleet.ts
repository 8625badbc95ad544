import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Installation } from './installation.ts'
import type { FromRole, ToRole } from './role-process.ts'
import { type Memory, spawnerMemory } from './spawner-memory.ts'

const SCRIPT = fileURLToPath(new URL('role-process.js', import.meta.url))
const SECRETS = {
  ATTUNE__SECURITY__JWT_SECRET: 'the secret of a bench, which is long enough',
  ATTUNE__SECURITY__ENCRYPTION_KEY: 'the key of a bench, which is long enough too',
}

type FleetRole = 'api' | 'executor' | 'sensor' | 'worker'

/** The program in processes of its own, each with its roles, over the database and broker of an installation. */
export type Fleet = {
  api_url: string
  admin_password: string
  /** What each process holds; the spawner of a worker is a process too. */
  memory(): Promise<Record<string, Memory>>
  stop(): Promise<void>
}

/** Starts so many processes of each role, and one for the API. Resolves when all of them take messages. */
export async function startFleet(
  installation: Installation,
  counts: Partial<Record<Exclude<FleetRole, 'api'>, number>>,
): Promise<Fleet> {
  const home = await mkdtemp(join(tmpdir(), 'attune-bench-fleet-'))
  const started: RoleProcess[] = []
  async function stop(): Promise<void> {
    await Promise.all(started.toReversed().map((one) => one.stop()))
    await rm(home, { recursive: true, force: true })
  }
  try {
    const api = await startRole('api', 'api', environment(installation, home, 'api'))
    started.push(api)
    for (const role of ['executor', 'sensor', 'worker'] as const) {
      const names = Array.from({ length: counts[role] ?? 0 }, (_, n) => `${role}-${n + 1}`)
      started.push(
        ...(await Promise.all(
          names.map((name) => startRole(role, name, environment(installation, home, name))),
        )),
      )
    }
    return {
      api_url: api.url ?? '',
      admin_password: (await readFile(join(home, 'api', 'admin-password'), 'utf8')).trim(),
      memory: async () => Object.assign({}, ...(await Promise.all(started.map((one) => one.memory())))),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function environment(
  { database_url, broker_url }: Installation,
  home: string,
  name: string,
): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    ATTUNE_HOME: join(home, name),
    ...SECRETS,
    ATTUNE__SECURITY__ACCESS_TOKEN_SECRET: 'signs what the bench logs in with, long enough',
    ATTUNE__SECURITY__JWT_ACCESS_EXPIRATION: '604800', // longer than any run
    ATTUNE__ARTIFACTS_DIR: join(home, 'artifacts'),
    ATTUNE__DATABASE__URL: database_url,
    ...(broker_url === undefined ? {} : { ATTUNE__MESSAGE_QUEUE__URL: broker_url }),
    ATTUNE__SERVER__PORT: '0',
    ATTUNE__DEMO: 'false',
    ATTUNE__LOG__LEVEL: 'error',
    ATTUNE__WORKER__NAME: name,
    ATTUNE__SENSOR__WORKER_NAME: name,
    ATTUNE__WORKER__MAX_CONCURRENT_TASKS: '16',
  }
}

type RoleProcess = {
  url: string | undefined
  memory(): Promise<Record<string, Memory>>
  stop(): Promise<void>
}

async function startRole(role: FleetRole, name: string, env: Record<string, string>): Promise<RoleProcess> {
  const child = fork(SCRIPT, [role], { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`The process ${name} ended with ${String(code)}.`)
  })
  gone.catch(() => undefined) // told to whoever asks next
  const ready = await Promise.race([answer(child, 'ready'), gone])
  return {
    url: ready.url,
    async memory() {
      say(child, 'memory')
      const { rss, heap } = await Promise.race([answer(child, 'memory'), gone])
      const spawner = await spawnerMemory(child.pid ?? 0)
      return {
        [name]: { rss, heap },
        ...(spawner === undefined ? {} : { [`${name} spawner`]: spawner }),
      }
    },
    async stop() {
      if (child.connected) say(child, 'stop')
      await gone.catch(() => undefined)
    },
  }
}

function say(child: ChildProcess, message: ToRole): void {
  child.send(message)
}

/** The next message of a kind. */
function answer<Kind extends FromRole['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<FromRole, { kind: Kind }>> {
  return new Promise((resolve) => {
    const hear = (message: FromRole): void => {
      if (!isKind(message, kind)) return
      child.off('message', hear)
      resolve(message)
    }
    child.on('message', hear)
  })
}

function isKind<Kind extends FromRole['kind']>(
  message: FromRole,
  kind: Kind,
): message is Extract<FromRole, { kind: Kind }> {
  return message.kind === kind
}
