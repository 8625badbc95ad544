import type {
  ResolvedEnvironment,
  EnvironmentNeed,
  EnvironmentResolver,
} from '../action-runner/environment-resolver.ts'
import type { Database } from '../database/database.ts'
import { eligible, type parseMarks, parsePlacement } from '../domain/definition/form/placement.ts'
import type { ActiveSensor } from '../domain/definition/sensor/active.ts'
import * as processes from '../domain/definition/sensor/processes.ts'
import * as sensorTokens from '../domain/definition/sensor-token/queries.ts'
import type { Id } from '../id.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import type { AccountPool } from '../run-as/lend.ts'
import type { Log } from '../observe/log.ts'
import { monotonicMs } from '../waiting/monotonic.ts'
import { commandOf, renewToken, type SensorSurroundings, TOKEN_TTL_SECONDS } from './command.ts'
import type { LostEvents } from './lost-events.ts'
import { type SensorExit, RunningSensor } from './sensor-process.ts'

/** A run of this length counts as healthy: the next failure is the first. */
const HEALTHY_MS = 600_000
const TOKEN_RENEWAL_MS = 3_600_000

export type FleetOptions = {
  database: Database
  log: Log
  owner: processes.SensorOwner
  /** Labels and taints of this host. */
  marks: NonNullable<ReturnType<typeof parseMarks>>
  surroundings: SensorSurroundings
  environments: EnvironmentResolver
  /** Whom sensors run as. */
  accounts: AccountPool
  losses: LostEvents
  /** Asks for another look at the database. */
  look(): void
}

/** The sensor processes of one host. reconcile() is called by one loop, never twice at a time. */
export class SensorFleet {
  readonly #options: FleetOptions
  readonly #running = new Map<Id<'sensor'>, RunningSensor>()
  /** When a sensor that failed may start again. */
  readonly #notBefore = new Map<Id<'sensor'>, number>()
  readonly #stopping = new Set<RunningSensor>()
  /** Those whose environment is being looked at or built. */
  readonly #waiting = new Set<Id<'sensor'>>()
  #tokensRenewedAt = monotonicMs()

  constructor(options: FleetOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#running.size
  }

  /** Milliseconds until a sensor that waits may start again. */
  nextLookMs(): number {
    const waits = [...this.#notBefore.values()].map((at) => at - monotonicMs())
    return Math.max(50, Math.min(Number.POSITIVE_INFINITY, ...waits))
  }

  /** Starts, updates and stops until the processes are what the database asks of this host. */
  async reconcile(wanted: readonly ActiveSensor[]): Promise<void> {
    const mine = wanted.filter((sensor) => this.#fits(sensor))
    const ids = new Set(mine.map((sensor) => sensor.id))
    const surplus = [...this.#running.values()].filter(({ sensor }) => !ids.has(sensor.id))
    await Promise.all(surplus.map((running) => this.#stop(running)))
    for (const id of this.#notBefore.keys()) if (!ids.has(id)) this.#notBefore.delete(id)
    for (const sensor of mine) await this.#keep(sensor)
    await this.#renewTokens()
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => this.#stop(running)))
  }

  /** Stored placement that cannot be read keeps a sensor off every host rather than on the wrong one. */
  #fits(sensor: ActiveSensor): boolean {
    const request = parsePlacement(sensor)
    return request !== undefined && eligible(this.#options.marks.labels, this.#options.marks.taints, request)
  }

  async #keep(sensor: ActiveSensor): Promise<void> {
    const { database, owner } = this.#options
    if (!(await processes.own(database, sensor, owner))) {
      const running = this.#running.get(sensor.id)
      if (running !== undefined) await this.#stop(running)
      this.#notBefore.delete(sensor.id)
      return
    }
    const running = this.#running.get(sensor.id)
    if (running === undefined) return this.#start(sensor)
    if (!this.#outdated(running, sensor) && running.update(sensor.rules)) {
      const run = { pid: running.pid, rules: sensor.rules.length }
      await processes.stillRuns(database, sensor.id, owner.worker, run)
      return
    }
    await this.#stop(running)
    await this.#start(sensor)
  }

  /** A sensor whose definition changed, or whose only copy of the token is about to expire, is started anew. */
  #outdated(running: RunningSensor, sensor: ActiveSensor): boolean {
    const tokenGrowsOld = running.ageMs > TOKEN_TTL_SECONDS * 900 && sensor.control !== 'stdin'
    return tokenGrowsOld || running.sensor.revision !== sensor.revision
  }

  async #start(sensor: ActiveSensor): Promise<void> {
    if ((this.#notBefore.get(sensor.id) ?? 0) > monotonicMs()) return
    const environment = this.#environmentOf(sensor)
    if (environment === undefined) return
    this.#notBefore.delete(sensor.id)
    const { database, log, owner, accounts } = this.#options
    const account = await accounts.take()
    try {
      const running = await this.#launch(sensor, environment, account)
      void running.exited.then((exit) => this.#ended(running, exit))
      if (running.pid === undefined) return
      await processes.started(database, sensor.id, owner.worker, {
        pid: running.pid,
        rules: sensor.rules.length,
      })
      log.info({ sensor: sensor.ref, pid: running.pid, rules: sensor.rules.length }, 'sensor started')
    } catch (error) {
      await this.#notStarted(sensor, error instanceof Error ? error.message : String(error))
    }
  }

  /** Whatever becomes of it, its account is given back. */
  async #launch(
    sensor: ActiveSensor,
    environment: ResolvedEnvironment,
    account: ProcessAccount | undefined,
  ): Promise<RunningSensor> {
    const { accounts, log, surroundings, losses } = this.#options
    try {
      const command = await commandOf(sensor, { environment, account, ...surroundings })
      const running = new RunningSensor(sensor, command, { log, losses })
      this.#running.set(sensor.id, running)
      void running.exited.then(() => accounts.giveBack(account))
      return running
    } catch (error) {
      void accounts.giveBack(account)
      throw error
    }
  }

  #notStarted(sensor: ActiveSensor, reason: string): Promise<void> {
    return this.#backOff(sensor, { exit_code: null, signal: null, stderr_excerpt: reason, uptime_ms: 0 })
  }

  /** Undefined while its environment is looked at or built: when that is over there is another look at all. */
  #environmentOf(sensor: ActiveSensor): ResolvedEnvironment | undefined {
    if (this.#waiting.has(sensor.id)) return undefined
    const need = needOf(sensor)
    const environment: ResolvedEnvironment | Promise<ResolvedEnvironment> =
      need === undefined ? { kind: 'none' } : this.#options.environments.resolve(need)
    if (!(environment instanceof Promise)) return environment
    this.#waiting.add(sensor.id)
    void this.#awaitEnvironment(sensor, environment)
    return undefined
  }

  async #awaitEnvironment(sensor: ActiveSensor, environment: Promise<ResolvedEnvironment>): Promise<void> {
    try {
      const found = await environment
      if (found.kind === 'refused') await this.#notStarted(sensor, found.error)
    } catch (error) {
      this.#options.log.warn({ sensor: sensor.ref, error: String(error) }, 'environment of sensor not there')
    } finally {
      this.#waiting.delete(sensor.id)
      this.#options.look()
    }
  }

  async #ended(running: RunningSensor, exit: SensorExit): Promise<void> {
    if (this.#stopping.has(running)) return
    this.#running.delete(running.sensor.id)
    const { database, owner } = this.#options
    try {
      await sensorTokens.removeOfHost(database, running.sensor.id, owner.worker)
      await this.#backOff(running.sensor, exit)
    } catch (error) {
      this.#options.log.warn(
        { sensor: running.sensor.ref, error: String(error) },
        'exit of sensor not recorded',
      )
    }
    this.#options.look()
  }

  /** Any exit of a sensor that should run is a failure, also with code 0. */
  async #backOff(sensor: ActiveSensor, exit: SensorExit): Promise<void> {
    const { database, log, owner } = this.#options
    this.#notBefore.set(sensor.id, monotonicMs() + 5000)
    const need = needOf(sensor)
    if (need !== undefined) this.#options.environments.lost(need) // its environment may be what is wrong
    const { wait_ms, consecutive_failures } = await processes.failed(database, sensor.id, owner.worker, {
      ...exit,
      long_run: exit.uptime_ms > HEALTHY_MS,
    })
    this.#notBefore.set(sensor.id, monotonicMs() + wait_ms)
    log.error(
      { sensor: sensor.ref, consecutive_failures, wait_ms: Math.round(wait_ms), ...exit },
      'sensor ended; it is started again after a wait',
    )
  }

  async #stop(running: RunningSensor): Promise<void> {
    const { database, log, owner } = this.#options
    this.#stopping.add(running)
    this.#running.delete(running.sensor.id)
    await running.stop()
    this.#stopping.delete(running)
    await processes.stopped(database, running.sensor.id, owner.worker)
    await sensorTokens.removeOfHost(database, running.sensor.id, owner.worker)
    log.info({ sensor: running.sensor.ref }, 'sensor stopped')
  }

  async #renewTokens(): Promise<void> {
    if (monotonicMs() - this.#tokensRenewedAt < TOKEN_RENEWAL_MS) return
    this.#tokensRenewedAt = monotonicMs()
    for (const { sensor, account } of this.#running.values())
      await renewToken(sensor, { ...this.#options.surroundings, account })
  }
}

/** What a sensor needs environments for; nothing without a pack. */
function needOf(sensor: ActiveSensor): EnvironmentNeed | undefined {
  const { pack, pack_ref, pack_path, pack_updated, runtime, runtime_updated } = sensor
  if (pack === null || pack_ref === null) return undefined
  const key = `${pack}:${pack_updated}:${runtime}:${runtime_updated}`
  return { key, pack, pack_ref, pack_dir: pack_path ?? undefined, runtime, constraint: null, required: null }
}
