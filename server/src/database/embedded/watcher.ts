import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Account } from './account.ts'
import { formatProcessId, identify, isAlive, parseProcessId } from './process-identity.ts'
import { environment } from './run.ts'

export type Watcher = { dismiss(): void }

type WatcherPlan = { state: string; account: Account | undefined; log: (message: string) => void }

/**
 * Ends the server when this process ends without having done so, be it by kill -9: a shell waits at the other
 * end of a pipe that only this process holds, and asks the server for a fast shutdown when the pipe breaks.
 * `dismiss` comes after the server's end, because its pid is anybody's from then on.
 */
export function startWatcher({ state, account, log }: WatcherPlan, serverPid: number): Watcher {
  const child = spawn('/bin/sh', ['-c', 'read -r line; kill -INT "$0"', String(serverPid)], {
    cwd: '/',
    env: environment,
    // In a group of its own, or Ctrl-C in the terminal would end it first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...account,
  })
  child.on('error', ({ message }) => log(`PostgreSQL will outlive this process if it is killed: ${message}`))
  child.stdin.on('error', () => undefined)
  child.unref()
  // Neither the shell nor the pipe to it is a reason for this process to stay.
  if (child.stdin instanceof Socket) child.stdin.unref()
  if (child.pid !== undefined) writeFileSync(watcherFile(state), formatProcessId(identify(child.pid)))
  return {
    dismiss() {
      child.kill('SIGKILL')
      child.stdin.destroy()
      rmSync(watcherFile(state), { force: true })
    },
  }
}

/** Whether the watcher of the previous supervisor is still there, and about to end its server. */
export function previousWatcherLives(state: string): boolean {
  try {
    const watcher = parseProcessId(readFileSync(watcherFile(state), 'utf8'))
    return watcher !== undefined && isAlive(watcher)
  } catch {
    return false // it has never been started
  }
}

function watcherFile(state: string): string {
  return join(state, 'watcher.pid')
}
