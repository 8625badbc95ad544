import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { accountFor } from './account.ts'
import { ensureCluster, ROLE } from './cluster.ts'
import { ensureDatabase } from './ensure-database.ts'
import { type HomeLock, lockWithin, makeHome } from './home-lock.ts'
import { locatePackage } from './locate.ts'
import { ensurePassword } from './password.ts'
import { controlFolder, dataFolder, stateFolder } from './placement.ts'
import { adoptOrAwaitPredecessor } from './predecessor.ts'
import { ensureRuntime, removeOtherRuntimes } from './runtime-copy.ts'
import { type ServerPlan, stopServer } from './server-process.ts'
import { startServer } from './start-server.ts'

/**
 * A private PostgreSQL from an npm package, for a machine without one. Its life: created on the first start;
 * started and stopped with this process; shut down by a watcher when this process dies; taken over by the next
 * process when the watcher died too. Everything it needs is below `<home>/postgres`, or in the folder that
 * `<home>/postgres/location` names.
 */
export type EmbeddedPostgres = {
  /** postgresql://attune:…@127.0.0.1:PORT/attune */
  url: string
  /** Fast shutdown, last of all. Resolves when the server is gone. */
  stop(): Promise<void>
  /** Resolves when the server process is gone without stop() having been called. */
  readonly lost: Promise<void>
}

export type EmbeddedOptions = {
  /** The absolute path of ATTUNE_HOME. */
  home: string
  log(message: string): void
  /** Server settings that differ from ours, such as `fsync: 'off'` for tests. */
  settings?: Record<string, string>
}

/**
 * Creates (the first time), starts or takes over the PostgreSQL of `home`. Throws CONFLICT with the pid of the
 * other process while one lives that has it started.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await makeHome(options.home)
  // The server is told apart by the path in its command line: one home must have one path.
  const home = await realpath(options.home)
  const control = await controlFolder(home)
  const lock = await lockWithin(home, join(control, 'supervisor.pid'))
  try {
    const plan = await prepare(control, options)
    return await supervise(plan, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

type Plan = ServerPlan & { password: string }

/** Everything that must be on disk before the server can start. */
async function prepare(control: string, options: EmbeddedOptions): Promise<Plan> {
  const { settings = {} } = options
  const log = (message: string): void => options.log(message)
  const source = locatePackage()
  const state = await stateFolder(control, log)
  const durable = settings['fsync'] !== 'off'
  const account = await accountFor(dataFolder(state))
  const runtime = await ensureRuntime(source, state, { durable })
  const password = await ensurePassword(control, dataFolder(state))
  const { major } = source
  const dataDir = await ensureCluster({ state, runtime, major, account, password, durable }, log)
  return { state, dataDir, runtime, account, settings, password, log }
}

async function supervise(plan: Plan, lock: HomeLock): Promise<EmbeddedPostgres> {
  const server = (await adoptOrAwaitPredecessor(plan)) ?? (await startServer(plan))
  let stopping: Promise<void> | undefined
  const end = async (): Promise<void> => {
    await stopServer(server)
    await lock.release()
  }
  const stop = (): Promise<void> => (stopping ??= end())
  const lost = new Promise<void>((resolve) => {
    void server.gone.then(() => {
      if (stopping === undefined) resolve()
    })
  })
  try {
    const url = await ensureDatabase(`postgresql://${ROLE}:${plan.password}@127.0.0.1:${server.port}`)
    await removeOtherRuntimes(plan.state, plan.runtime)
    return { url, stop, lost }
  } catch (error) {
    await stop()
    throw error
  }
}
