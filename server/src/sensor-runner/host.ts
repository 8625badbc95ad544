import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Transaction } from '../database/database.ts'
import { parseMarks } from '../domain/execution/placement.ts'
import { findActive } from '../domain/sensor/active.ts'
import * as workers from '../domain/worker/queries.ts'
import { Problem } from '../problem.ts'
import type { Platform } from '../services/platform.ts'
import { Signal } from '../signal.ts'
import { VERSION } from '../version.ts'
import { SensorFleet } from './fleet.ts'

/** The net below the rule messages: whatever was missed is seen after so long. */
const RECONCILE_MS = 30_000

export type SensorHost = {
  /** Names this process's own queue of rule changes. */
  instance: string
  /** Something about rules, triggers or packs changed: look at the database again after the commit. */
  changed(tx: Transaction): Promise<void>
  trouble(): string | undefined
  stop(): Promise<void>
}

/**
 * Keeps the sensor processes of this host as the database wants them: looks at once when told of a change, when
 * a process ended, and regularly.
 */
export async function startSensorHost(platform: Platform): Promise<SensorHost> {
  const { database, settings, folders, tokens, api_url } = platform
  const log = platform.log.child({ role: 'sensor' })
  const instance = randomUUID()
  const { heartbeat_interval } = settings.sensor
  const placement = {
    labels: settings.sensor.labels,
    taints: settings.sensor.taints.map((taint) => ({ ...taint })),
  }
  const marks = parseMarks(placement)
  if (marks === undefined)
    throw new Problem(
      'VALIDATION_ERROR',
      'sensor.labels or sensor.taints cannot be read; see the documentation of placement.',
    )
  const worker = await workers.register(database, {
    name: settings.sensor.worker_name ?? `sensor-${hostname()}`,
    worker_type: 'local',
    worker_role: 'sensor',
    host: hostname(),
    instance,
    capabilities: { sensor_version: VERSION, ...placement },
  })
  const signal = new Signal()
  const fleet = new SensorFleet({
    database,
    log,
    owner: { worker: worker.id, worker_name: worker.name, lease_seconds: (RECONCILE_MS / 1000) * 3 },
    marks,
    surroundings: {
      packs: folders.packs,
      artifacts: folders.artifacts,
      work: folders.work,
      api_url: api_url(),
      tokens,
      log_level: settings.log.level,
    },
    look: () => signal.notify(),
  })
  let stopping = false
  let trouble: string | undefined

  async function loop(): Promise<void> {
    while (!stopping) {
      try {
        await fleet.reconcile(await findActive(database))
        trouble = undefined
      } catch (error) {
        trouble = `Sensors cannot be looked after: ${error instanceof Error ? error.message : String(error)}`
        log.warn({ err: error }, 'sensors not reconciled')
      }
      await signal.wait(Math.min(RECONCILE_MS, fleet.nextLookMs()))
    }
  }
  const running = loop()
  const heart = setInterval(
    () =>
      void workers
        .beat(database, worker.id, instance, { status: 'healthy', sensors: fleet.size })
        .catch(() => undefined),
    heartbeat_interval * 1000,
  )

  return {
    instance,
    async changed(tx) {
      tx.afterCommit(() => signal.notify())
    },
    trouble: () => trouble,
    async stop() {
      stopping = true
      signal.notify()
      await running
      await fleet.stopAll()
      clearInterval(heart)
      await workers.deactivate(database, worker.id, instance)
    },
  }
}
