import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentResolver } from '../action-runner/environment-resolver.ts'
import type { Settings } from '../config/settings.ts'
import type { Database, Transaction } from '../database/database.ts'
import { parseMarks } from '../domain/definition/form/placement.ts'
import { findActive } from '../domain/definition/sensor/active.ts'
import { registerAgain, registerNamed } from '../domain/flow/worker/name.ts'
import * as workers from '../domain/flow/worker/queries.ts'
import type { Worker } from '../domain/flow/worker/worker.ts'
import type { Tokens } from '../domain/access/token/token.ts'
import type { Id } from '../id.ts'
import type { AccountPool } from '../run-as/lend.ts'
import { createPackFolders } from '../run-as/pack-copies.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { Problem } from '../problem.ts'
import { Signal } from '../waiting/signal.ts'
import { VERSION } from '../version.ts'
import { SensorFleet } from './fleet.ts'
import { createHostAlerts, type HostAlerts } from './host-alerts.ts'
import { createLostEvents, type LostEvents } from './lost-events.ts'

/** What a sensor host works with. */
export type SensorHostContext = {
  database: Database
  log: Log
  settings: Settings
  tokens: Tokens
  metrics: Pick<Metrics, 'eventsLost' | 'alerted'>
  folders: { packs: string; runtime_envs: string; artifacts: string; work: string }
  accounts: AccountPool
  /** Base URL of the API as sensors reach it. */
  api_url(): string
}

/** What knows which environments sensors run in, and builds them. */
export type SensorEnvironments = EnvironmentResolver & {
  /** Something about packs changed: what was decided does not count any more. */
  changed(): void
  stop(): Promise<void>
}
export type OpenEnvironments = (host: {
  worker: Id<'worker'>
  worker_name: string
  instance: string
}) => Promise<SensorEnvironments>

/** The net below the rule messages: whatever was missed is seen after so long at most. */
const RECONCILE_MS = 30_000
/** How often a process that has lost its name looks whether it is free again, at least. */
const REGAIN_MS = 5000
/** Heartbeats that may be missed: with the last of them the lease is over. */
const MISSED_HEARTBEATS = 3

/**
 * Keeps the sensor processes of this host as the database wants them: looks at once when told of a change, when
 * a process ended, and regularly.
 */
export class SensorHost {
  /** Names this process's own queue of rule changes. */
  readonly instance: string
  readonly #context: SensorHostContext
  readonly #worker: Worker
  readonly #environments: SensorEnvironments
  readonly #fleet: SensorFleet
  readonly #losses: LostEvents
  readonly #signal = new Signal()
  readonly #alerts: HostAlerts
  /** A connection of its own, so that a pool that is busy does not cost a lease. */
  readonly #own: Database
  readonly #running: Promise<void>
  #heart: NodeJS.Timeout | undefined
  #beating = Promise.resolve()
  #stopping = false
  /** Another process has the name, and all sensors with it. */
  #nameless = false
  #trouble: string | undefined
  #silence: string | undefined

  /**
   * Registers this process as a sensor host and starts to look after its sensors. `openEnvironments` is asked for what
   * knows which environments they run in.
   */
  static async start(context: SensorHostContext, openEnvironments: OpenEnvironments): Promise<SensorHost> {
    const instance = randomUUID()
    const worker = await register(context, instance)
    const environments = await openEnvironments({ worker: worker.id, worker_name: worker.name, instance })
    return new SensorHost(context, { worker, instance, environments })
  }

  private constructor(
    context: SensorHostContext,
    {
      worker,
      instance,
      environments,
    }: { worker: Worker; instance: string; environments: SensorEnvironments },
  ) {
    const { database, settings, folders, tokens, api_url, accounts } = context
    this.instance = instance
    this.#context = context
    this.#worker = worker
    this.#environments = environments
    const host = { worker: worker.id, worker_name: worker.name }
    const log = context.log.child({ role: 'sensor' })
    const cooldown_seconds = settings.maintenance.alert_cooldown_seconds
    this.#alerts = createHostAlerts({ database, log, metrics: context.metrics, cooldown_seconds, worker })
    this.#losses = createLostEvents({ database, log, metrics: context.metrics, cooldown_seconds })
    this.#fleet = new SensorFleet({
      database,
      log,
      losses: this.#losses,
      owner: { ...host, instance, lease_seconds: leaseSeconds(settings) },
      marks: marksOf(context),
      surroundings: {
        packs: folders.packs,
        runtime_envs: folders.runtime_envs,
        artifacts: folders.artifacts,
        work: folders.work,
        pack_folders: createPackFolders(join(folders.work, 'packs'), accounts.judge),
        api_url: api_url(),
        database,
        tokens,
        host,
        log_level: settings.log.level,
      },
      environments,
      accounts,
      look: () => this.#signal.notify(),
      takenOver: (sensor, from) => void this.#alerts.takenOver(sensor, from),
    })
    this.#own = database.apart(settings.sensor.heartbeat_interval * 1000)
    this.#schedule()
    this.#running = this.#loop()
  }

  /** Something about rules, triggers or packs changed: look at the database again after the commit. */
  async changed(tx: Transaction): Promise<void> {
    tx.afterCommit(() => {
      this.#environments.changed()
      this.#signal.notify()
    })
  }

  get name(): string {
    return this.#worker.name
  }

  trouble(): string | undefined {
    return this.#silence ?? this.#trouble
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#signal.notify()
    await this.#running
    await this.#environments.stop()
    await this.#fleet.stopAll()
    await this.#losses.stop()
    clearTimeout(this.#heart)
    await this.#beating
    await this.#own.close()
    if (this.#nameless) await this.#alerts.nameFree()
    await workers.deactivate(this.#context.database, this.#worker.id, this.instance)
  }

  async #loop(): Promise<void> {
    const { database, log } = this.#context
    while (!this.#stopping) {
      try {
        if (!this.#nameless) await this.#fleet.reconcile(await findActive(database))
        this.#trouble = undefined
      } catch (error) {
        this.#trouble = `Sensors cannot be looked after: ${error instanceof Error ? error.message : String(error)}`
        log.warn({ err: error }, 'sensors not reconciled')
      }
      const regular = Math.min(RECONCILE_MS, this.#context.settings.sensor.heartbeat_interval * 1000)
      await this.#signal.wait(Math.min(regular, this.#fleet.nextLookMs()))
    }
  }

  #schedule(): void {
    const { settings, log } = this.#context
    const regular = settings.sensor.heartbeat_interval * 1000
    const wait = this.#nameless ? Math.min(REGAIN_MS, regular) : regular
    this.#heart = setTimeout(() => {
      this.#beating = this.#beat()
        .catch((error: unknown) => {
          this.#silence = `The sensor host cannot renew what it holds: ${error instanceof Error ? error.message : String(error)}. Its sensors are stopped before others may run them.`
          log.warn({ error: String(error) }, 'heartbeat of sensor host failed')
        })
        .finally(() => !this.#stopping && this.#schedule())
    }, wait)
  }

  async #beat(): Promise<void> {
    if (this.#nameless) return this.#regainName()
    await this.#fleet.renew(this.#own)
    const health = { status: 'healthy', sensors: this.#fleet.size }
    if (await workers.heartbeat(this.#own, this.#worker.id, this.instance, health)) this.#silence = undefined
    else if (!this.#stopping) await this.#loseName()
  }

  /** Whoever has the name has the sensors. This process waits until it is free. */
  async #loseName(): Promise<void> {
    const { name } = this.#worker
    this.#nameless = true
    this.#silence = `Another process has taken over the name ${name}, and the sensors with it; give each sensor host a name of its own by sensor.worker_name`
    this.#context.log.error({ worker: name }, 'another process has taken over the name of this sensor host')
    await this.#fleet.loseAll()
    await this.#alerts.nameTaken()
  }

  async #regainName(): Promise<void> {
    const { settings } = this.#context
    const { name } = this.#worker
    const again = { ...registrationOf(this.#context, this.instance), name }
    const regained = await registerAgain(this.#own, again, leaseSeconds(settings))
    if (regained === undefined) return
    this.#nameless = false
    this.#silence = undefined
    this.#context.log.info({ worker: name }, 'the name of this sensor host is free again')
    await this.#alerts.nameFree()
    this.#signal.notify()
  }
}

/** Who runs a sensor is the owner for so long, unless that is renewed with a heartbeat. */
function leaseSeconds({ sensor }: Settings): number {
  return sensor.heartbeat_interval * MISSED_HEARTBEATS
}

function register(context: SensorHostContext, instance: string): Promise<Worker> {
  const { database, settings } = context
  return registerNamed(database, registrationOf(context, instance), {
    given: settings.sensor.worker_name,
    kind: 'sensor',
    silence_seconds: leaseSeconds(settings),
  })
}

function registrationOf(context: SensorHostContext, instance: string) {
  return {
    worker_type: 'local',
    worker_role: 'sensor',
    host: hostname(),
    instance,
    capabilities: { sensor_version: VERSION, ...placementOf(context) },
  } as const
}

function placementOf({ settings }: SensorHostContext) {
  return { labels: settings.sensor.labels, taints: settings.sensor.taints.map((taint) => ({ ...taint })) }
}

/** A taint that cannot be read would open this host to every sensor, so it does not start. */
function marksOf(context: SensorHostContext): NonNullable<ReturnType<typeof parseMarks>> {
  const marks = parseMarks(placementOf(context))
  if (marks === undefined) {
    throw new Problem(
      'VALIDATION_ERROR',
      'sensor.labels or sensor.taints cannot be read: a label needs a value, a taint a key.',
    )
  }
  return marks
}
