import { hostname } from 'node:os'
import { clear, raise } from '../domain/watch/alert/raise.ts'
import { watchSharedAccount } from './gauges.ts'
import type { Platform } from './platform.ts'

const NOTE =
  'Actions, sensors, builds and tests of packs run as root and can read every secret of this platform; the log of the start says why.'

/** What `/health/ready` adds where programs of packs run as root: it takes work, and somebody should know. */
export function notesOf({ shared_account }: Platform): string[] {
  return shared_account === undefined ? [] : [NOTE]
}

/** Tells by an alert and a number whether programs of packs run as root like this process. */
export async function tellSharedAccount(platform: Platform): Promise<void> {
  const { database, metrics, settings, shared_account } = platform
  watchSharedAccount(metrics, shared_account)
  const correlation_id = `account:${hostname()}`
  if (shared_account === undefined) return void (await clear(database, [correlation_id]))
  const sighting = {
    correlation_id,
    severity: 'critical',
    category: 'security',
    failure_type: 'packs_run_as_root',
    component_type: 'process',
    component_ref: hostname(),
    summary: `Programs of packs run as root on ${hostname()} and can read every secret of the platform: ${shared_account}.`,
  } as const
  await database.transaction((tx) => raise(tx, [sighting], settings.maintenance.alert_cooldown_seconds))
}
