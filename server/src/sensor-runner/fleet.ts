import type {
  ResolvedEnvironment,
  EnvironmentNeed,
  EnvironmentResolver,
} from '../action-runner/environment-resolver.ts'
import type { Database } from '../database/database.ts'
import { eligible, type parseMarks, parsePlacement } from '../domain/definition/form/placement.ts'
import type { ActiveSensor } from '../domain/definition/sensor/active.ts'
import * as ownership from '../domain/definition/sensor/ownership.ts'
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
/** A lease that is just over is looked at a little later: clocks and the way to the database differ. */
const FREE_MS = 200

type HeldSensor = { ref: string; generation: number; until_ms: number }

export type FleetOptions = {
  database: Database
  log: Log
  owner: ownership.SensorOwner
  /** Labels and taints of this host. */
  marks: NonNullable<ReturnType<typeof parseMarks>>
  surroundings: SensorSurroundings
  environments: EnvironmentResolver
  /** Whom sensors run as. */
  accounts: AccountPool
  losses: LostEvents
  /** Asks for another look at the database. */
  look(): void
  /** The lease of another host ran out, and this one has its sensor now. */
  takenOver(sensor: ActiveSensor, from: string): void
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
  /** What is this host's, also while no process of it runs, and as which owner. */
  readonly #owned = new Map<Id<'sensor'>, HeldSensor>()
  /** When the lease of another host may be over. */
  readonly #freeAt = new Map<Id<'sensor'>, number>()
  #tokensRenewedAt = monotonicMs()

  constructor(options: FleetOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#running.size
  }

  /** Milliseconds until a sensor that waits may start again. */
  nextLookMs(): number {
    const waits = [...this.#notBefore.values(), ...this.#freeAt.values()].map((at) => at - monotonicMs())
    return Math.max(50, Math.min(Number.POSITIVE_INFINITY, ...waits))
  }

  /** Starts, updates and stops until the processes are what the database asks of this host. */
  async reconcile(wanted: readonly ActiveSensor[]): Promise<void> {
    const mine = wanted.filter((sensor) => this.#fits(sensor))
    const ids = new Set(mine.map((sensor) => sensor.id))
    const surplus = [...this.#running.values()].filter(({ sensor }) => !ids.has(sensor.id))
    await Promise.all(surplus.map((running) => this.#stop(running)))
    for (const id of this.#notBefore.keys()) if (!ids.has(id)) this.#notBefore.delete(id)
    this.#freeAt.clear()
    for (const id of this.#owned.keys()) if (!ids.has(id)) await this.#release(id)
    for (const sensor of mine) await this.#keep(sensor)
    await this.#renewTokens()
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => this.#stop(running)))
    for (const id of this.#owned.keys()) await this.#release(id)
  }

  /** Keeps what this host owns for longer, over a connection that nothing else waits for; what it lost is killed. */
  async renew(database: Database): Promise<void> {
    const until = heldUntil(this.#options.owner)
    const asked = [...this.#owned.keys()]
    const kept = await ownership.renewOwned(database, this.#options.owner, asked)
    for (const { sensor, generation } of kept) {
      this.#running.get(sensor)?.hold(until)
      const held = this.#owned.get(sensor)
      if (held !== undefined) this.#owned.set(sensor, { ref: held.ref, generation, until_ms: until })
    }
    const mine = new Set(kept.map(({ sensor }) => sensor))
    const lost = asked.filter((id) => !mine.has(id))
    await Promise.all(lost.map((id) => this.#lose(id)))
  }

  /** Another process has the name of this host, and everything with it. */
  async loseAll(): Promise<void> {
    await Promise.all([...this.#owned.keys()].map((id) => this.#lose(id)))
  }

  async #lose(id: Id<'sensor'>): Promise<void> {
    this.#owned.delete(id)
    const running = this.#running.get(id)
    if (running === undefined) return
    this.#options.log.error({ sensor: running.sensor.ref }, 'another host runs this sensor now; it is killed')
    this.#stopping.add(running)
    this.#running.delete(id)
    await running.kill()
    this.#stopping.delete(running)
    const { database, owner } = this.#options
    await processes.stopped(database, id, owner).catch(() => undefined) // else the sweep says so
  }

  async #release(id: Id<'sensor'>): Promise<void> {
    const held = this.#owned.get(id)
    if (held === undefined) return
    const { database, owner } = this.#options
    await database.transaction((tx) => ownership.giveBack(tx, { id, ref: held.ref }, owner))
    this.#owned.delete(id)
  }

  /** Stored placement that cannot be read keeps a sensor off every host rather than on the wrong one. */
  #fits(sensor: ActiveSensor): boolean {
    const request = parsePlacement(sensor)
    return request !== undefined && eligible(this.#options.marks.labels, this.#options.marks.taints, request)
  }

  async #keep(sensor: ActiveSensor): Promise<void> {
    const { database, owner } = this.#options
    if (!(await this.#own(sensor))) return
    const running = this.#running.get(sensor.id)
    if (running === undefined) return this.#start(sensor)
    if (!this.#outdated(running, sensor) && running.update(sensor.rules)) {
      const run = { pid: running.pid, rules: sensor.rules.length }
      await processes.stillRuns(database, sensor.id, owner, run)
      return
    }
    await this.#stop(running)
    await this.#start(sensor)
  }

  async #own(sensor: ActiveSensor): Promise<boolean> {
    const { database, owner } = this.#options
    const until = heldUntil(owner) // before the lease is written: it must not outlast that
    const owned = await ownership.own(database, sensor, owner)
    if (!owned.held) {
      this.#freeAt.set(sensor.id, monotonicMs() + (owned.free_in_ms ?? Number.POSITIVE_INFINITY) + FREE_MS)
      this.#notBefore.delete(sensor.id)
      await this.#lose(sensor.id)
      return false
    }
    const { generation, taken_from } = owned
    const running = this.#running.get(sensor.id)
    if (running !== undefined && running.generation !== generation) await this.#lose(sensor.id)
    else running?.hold(until)
    this.#owned.set(sensor.id, { ref: sensor.ref, generation, until_ms: until })
    if (taken_from !== null && taken_from !== owner.worker_name) this.#options.takenOver(sensor, taken_from)
    return true
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
      await processes.started(database, sensor.id, owner, {
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
      const held = this.#owned.get(sensor.id)
      if (held === undefined) throw new Error('Another host took the sensor over while it was being started.')
      const { generation, until_ms: held_until_ms } = held
      const command = await commandOf(sensor, { environment, account, generation, ...surroundings })
      const running = new RunningSensor(sensor, command, { log, losses, generation, held_until_ms })
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
    const { id: sensor } = running.sensor
    try {
      if (running.overdue) return this.#options.log.error(...killedInTime(running))
      await sensorTokens.removeOfHost(database, { sensor, ...owner, generation: running.generation })
      await this.#backOff(running.sensor, exit)
    } catch (error) {
      this.#options.log.warn(
        { sensor: running.sensor.ref, error: String(error) },
        'exit of sensor not recorded',
      )
    } finally {
      this.#options.look()
    }
  }

  /** Any exit of a sensor that should run is a failure, also with code 0. */
  async #backOff(sensor: ActiveSensor, exit: SensorExit): Promise<void> {
    const { database, log, owner } = this.#options
    this.#notBefore.set(sensor.id, monotonicMs() + 5000)
    const need = needOf(sensor)
    if (need !== undefined) this.#options.environments.lost(need) // its environment may be what is wrong
    const long_run = exit.uptime_ms > HEALTHY_MS
    const failure = await processes.failed(database, sensor.id, owner, { ...exit, long_run })
    if (failure === undefined) return
    const { wait_ms, consecutive_failures } = failure
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
    const { id: sensor } = running.sensor
    await processes.stopped(database, sensor, owner)
    await sensorTokens.removeOfHost(database, { sensor, ...owner, generation: running.generation })
    log.info({ sensor: running.sensor.ref }, 'sensor stopped')
  }

  async #renewTokens(): Promise<void> {
    if (monotonicMs() - this.#tokensRenewedAt < TOKEN_RENEWAL_MS) return
    this.#tokensRenewedAt = monotonicMs()
    for (const { sensor, account, generation } of this.#running.values())
      await renewToken(sensor, { ...this.#options.surroundings, account, generation })
  }
}

/**
 * Up to when what is taken or renewed now may run here, on this machine's own clock. The tenth of the lease that is left
 * is for killing it.
 */
function heldUntil({ lease_seconds }: ownership.SensorOwner): number {
  return monotonicMs() + lease_seconds * 900
}

function killedInTime({ sensor }: RunningSensor): [object, string] {
  return [{ sensor: sensor.ref }, 'the lease could not be renewed in time, so the sensor was killed']
}

/** What a sensor needs environments for; nothing without a pack. */
function needOf(sensor: ActiveSensor): EnvironmentNeed | undefined {
  const { pack, pack_ref, pack_path, pack_updated, runtime, runtime_updated } = sensor
  if (pack === null || pack_ref === null) return undefined
  const key = `${pack}:${pack_updated}:${runtime}:${runtime_updated}`
  return { key, pack, pack_ref, pack_dir: pack_path ?? undefined, runtime, constraint: null, required: null }
}
