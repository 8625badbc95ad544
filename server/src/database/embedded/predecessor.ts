import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../../problem.ts'
import { poll } from './poll.ts'
import { findPostmaster } from './postmaster-pid.ts'
import {
  type Server,
  type ServerPlan,
  serverProgram,
  stopServer,
  superviseForeign,
} from './server-process.ts'
import { serverArguments } from './settings.ts'
import { previousWatcherLives } from './watcher.ts'

/** How long the watcher of a dead supervisor may take to end its server. */
const WATCHER_MS = 15_000
/** How long a server must stay ready without a watcher until nobody can be about to end it. */
const UNDISTURBED_MS = 300

/**
 * Deals with a server of this cluster that still runs although its supervisor is gone. Usually it is shutting
 * down, and this waits for that. One whose watcher was killed too is taken over as it is if it runs with the
 * arguments that a new one would get, and is stopped otherwise. The caller holds the lock of the home.
 */
export async function adoptOrAwaitPredecessor(plan: ServerPlan): Promise<Server | undefined> {
  const settled = await poll(settle(plan), { within: WATCHER_MS, every: 20 })
  if (settled === 'gone') return undefined
  const orphan = findPostmaster(plan.dataDir)
  if (orphan === undefined) return undefined
  if (!orphan.command.startsWith(`${plan.state}/`)) {
    throw new Problem(
      'CONFLICT',
      `A PostgreSQL that Attune did not start (process ${orphan.pid}) runs on ${plan.dataDir}; stop it first.`,
    )
  }
  const server = superviseForeign(plan, orphan.pid, orphan.port)
  if (settled === 'orphaned' && runsAsPlanned(plan, orphan.port)) {
    plan.log(`took over the running PostgreSQL (process ${orphan.pid}) of a process that died`)
    return server
  }
  await stopServer(server)
  return undefined
}

/** Polled: says `orphaned` once the server was seen ready, and without a watcher, for long enough. */
function settle({ dataDir, state }: ServerPlan): () => 'gone' | 'orphaned' | undefined {
  let undisturbedSince: number | undefined
  return () => {
    const found = findPostmaster(dataDir)
    if (found === undefined) return 'gone'
    if (found.status !== 'ready' || previousWatcherLives(state)) undisturbedSince = undefined
    else undisturbedSince ??= Date.now()
    return undisturbedSince !== undefined && Date.now() - undisturbedSince >= UNDISTURBED_MS
      ? 'orphaned'
      : undefined
  }
}

/** PostgreSQL writes its command line to a file, each argument in quotes. */
function runsAsPlanned({ dataDir, runtime, settings }: ServerPlan, port: number): boolean {
  const args = serverArguments(dataDir, port, settings).map((argument) => ` "${argument}"`)
  return (
    readFileSync(join(dataDir, 'postmaster.opts'), 'utf8').trim() ===
    `${serverProgram(runtime)}${args.join('')}`
  )
}
