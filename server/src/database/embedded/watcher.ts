import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onDeath, watchOwnDeath } from '../../processes/death-watch.ts'
import type { Account } from './account.ts'
import { formatProcessId, identify, isAlive, parseProcessId } from '../../processes/process-identity.ts'

export type Watcher = { dismiss(): void }

type WatcherPlan = { state: string; account: Account | undefined; log: (message: string) => void }

/**
 * Asks the server for a fast shutdown when this process ends without having done so. `dismiss` comes after the server's
 * end.
 */
export function startWatcher({ state, account, log }: WatcherPlan, serverPid: number): Watcher {
  const watch = watchOwnDeath({
    target: serverPid,
    act: onDeath.interrupt,
    identity: account,
    trouble: (message) => log(`PostgreSQL: ${message}`),
  })
  if (watch.pid !== undefined) writeFileSync(watcherFile(state), formatProcessId(identify(watch.pid)))
  return {
    dismiss() {
      watch.dismiss()
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
