import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Account } from './account.ts'
import { errorCode } from './error-code.ts'
import { poll } from './poll.ts'
import { identify, isAlive } from '../../processes/process-identity.ts'
import { environment } from './run.ts'
import { serverArguments } from './settings.ts'
import { startWatcher } from './watcher.ts'

/** What a server is started with. */
export type ServerPlan = {
  state: string
  dataDir: string
  runtime: string
  account: Account | undefined
  settings: Record<string, string>
  log(message: string): void
}

/** A server process in our charge, whoever started it: watched, so that it does not outlive this process. */
export type Server = {
  pid: number
  port: number
  /** How it ended; undefined while it runs. */
  end(): string | undefined
  gone: Promise<void>
}

const FAST_MS = 10_000
const IMMEDIATE_MS = 10_000
/** How often a server that is not our child is looked for. */
const LOOK_MS = 250

export function serverProgram(runtime: string): string {
  return join(runtime, 'bin', 'postgres')
}

/** Spawns the server; whether it comes up is another question. Undefined when there is no process at all. */
export function spawnServer(
  plan: ServerPlan,
  port: number,
  output: number,
): Server | { failure: Promise<string> } {
  const child = spawn(serverProgram(plan.runtime), serverArguments(plan.dataDir, port, plan.settings), {
    cwd: '/',
    env: environment,
    // In a group of its own: Ctrl-C in the terminal must not stop it before those who use it.
    detached: true,
    stdio: ['ignore', output, output],
    ...plan.account,
  })
  if (child.pid === undefined) {
    return { failure: new Promise((resolve) => child.once('error', ({ message }) => resolve(message))) }
  }
  let end: string | undefined
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      end = `it ended with ${signal ?? `exit code ${code}`}`
      resolve()
    })
  })
  child.unref()
  return watched(plan, { pid: child.pid, port, end: () => end, gone })
}

/** Takes charge of a server that another process started: its end can only be looked for. */
export function superviseForeign(plan: ServerPlan, pid: number, port: number): Server {
  const identity = identify(pid)
  const end = (): string | undefined => (isAlive(identity) ? undefined : 'it ended')
  const gone = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (end() === undefined) return
      clearInterval(timer)
      resolve()
    }, LOOK_MS)
    timer.unref()
  })
  return watched(plan, { pid, port, end, gone })
}

function watched(plan: ServerPlan, server: Server): Server {
  const watcher = startWatcher(plan, server.pid)
  return { ...server, gone: server.gone.then(() => watcher.dismiss()) }
}

/** Fast shutdown: sessions are ended and everything is written. Only a server that does not manage is cut short. */
export async function stopServer(server: Server): Promise<void> {
  for (const [signal, within] of [
    ['SIGINT', FAST_MS],
    ['SIGQUIT', IMMEDIATE_MS],
  ] as const) {
    if (server.end() === undefined) sendSignal(server.pid, signal)
    if ((await poll(() => server.end(), { within, every: 10 })) !== undefined) return server.gone
  }
  throw new Error(`PostgreSQL (process ${server.pid}) does not stop.`)
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}
