import { Problem } from '../../problem.ts'
import { poll } from './poll.ts'
import { choosePort, isFree } from './port.ts'
import { clearStalePidFile, readPostmasterPid } from './postmaster-pid.ts'
import { openServerLog } from './server-log.ts'
import { type Server, type ServerPlan, spawnServer, stopServer } from './server-process.ts'

/** How long the children of a killed server may take to notice, and so to let a new one start. */
const PREDECESSOR_MS = 5000
/** Recovery after a crash replays up to `max_wal_size`. */
const RECOVERY_MS = 300_000

/** Starts the server, once more when a predecessor's remains or a stranger on the port are in the way. */
export async function startServer(plan: ServerPlan): Promise<Server> {
  const deadline = Date.now() + PREDECESSOR_MS
  if (hasPidFile(plan)) plan.log('PostgreSQL was not shut down properly and recovers what it had committed')
  const attempt = async (): Promise<Server | undefined> => {
    const crashed = hasPidFile(plan)
    clearStalePidFile(plan.dataDir)
    const port = await choosePort(plan.state)
    const outcome = await launch(plan, port)
    if (outcome.kind === 'ready') return outcome.server
    if (Date.now() < deadline && (crashed || !(await isFree(port)))) return undefined
    throw new Problem('SERVICE_UNAVAILABLE', `The embedded PostgreSQL did not start: ${outcome.reason}`)
  }
  const server = await poll(attempt, { within: RECOVERY_MS, every: 200 })
  if (server !== undefined) return server
  throw new Problem('SERVICE_UNAVAILABLE', 'The embedded PostgreSQL did not start in time.')
}

/** A server that ended as it should removes the file. */
function hasPidFile({ dataDir }: ServerPlan): boolean {
  return readPostmasterPid(dataDir) !== undefined
}

type Outcome = { kind: 'ready'; server: Server } | { kind: 'failed'; reason: string }

/** One attempt. The server says in its pid file when it takes connections. */
async function launch(plan: ServerPlan, port: number): Promise<Outcome> {
  const log = openServerLog(plan.state)
  try {
    const server = spawnServer(plan, port, log.fd)
    if ('failure' in server) return { kind: 'failed', reason: await server.failure }
    const look = (): 'ready' | 'ended' | undefined => {
      if (server.end() !== undefined) return 'ended'
      const written = readPostmasterPid(plan.dataDir)
      return written?.pid === server.pid && written.status === 'ready' ? 'ready' : undefined
    }
    if ((await poll(look, { within: RECOVERY_MS, every: 10 })) === 'ready') return { kind: 'ready', server }
    const end = server.end() ?? 'it was not ready in time'
    await stopServer(server)
    return { kind: 'failed', reason: `${end}\n${log.tail()}` }
  } finally {
    log.close()
  }
}
