import { randomUUID } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { monotonicMs } from '../waiting/monotonic.ts'
import { safeErrorText } from '../text/error-text.ts'
import { createThreads } from '../threads/bounded-threads.ts'
import { inheritedEnvironment, passwordsIn } from './environment.ts'
import { createFiles } from './files.ts'
import { hideText, outcomeOf } from './outcome.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import { type AccountPool, asSelf } from '../run-as/lend.ts'
import { createPackFolders } from '../run-as/pack-copies.ts'
import { noEnvironment, type ResolvedEnvironment, type EnvironmentResolver } from './environment-resolver.ts'
import { discard, type PreparedPlace, type PreparedRun, prepare, secretsOf } from './prepare.ts'
import { noteProcess, privateFolders, type PrivateFolders, removeFolders } from './private-folders.ts'
import type { RunRequest } from './request.ts'
import { cancelledBeforeStart, type EndedRun, endBeforeStart, endOf, SHUTDOWN_ERROR } from './result.ts'
import type { StartOrder } from './spawn-protocol.ts'
import { MAX_SPAWNER_RSS, type OrderEnd, SpawnerLink } from './spawner-link.ts'

export type { RunRequest } from './request.ts'
export type { EndedRun } from './result.ts'

export type ActionRunnerOptions = {
  packs_base_dir: string
  runtime_envs_dir: string
  artifacts_dir: string
  /** Base URL of the API, as actions see it. */
  api_url: string
  /** Private files go into a folder of this process below it; what dead processes left there is removed. */
  work_dir: string
  /** Names that folder; this process alone has the name. Default: a new one. */
  instance?: string
  max_stdout_bytes: number
  max_stderr_bytes: number
  /** Bytes of a result that can be stored. Default 1 MiB. */
  max_result_bytes?: number
  env_passthrough: string[]
  /** Whom actions run as. Absent: as this process. */
  accounts?: AccountPool
  /** Absent: actions run by their runtimes as these are. */
  environments?: EnvironmentResolver
  /** Processes that start the actions. */
  spawners?: number
  /** Output of a process that runs longer is in log files as it comes; 0 writes log files for all. Default 500. */
  live_log_after_ms?: number
  /** A spawner that has grown to this size is replaced. Default 128 MiB. */
  spawner_max_rss_bytes?: number
  log: (message: string) => void
}

export type ActionRunner = {
  /** Runs one attempt to its end. Whatever goes wrong with it is a failed end, never an exception. */
  run(request: RunRequest): Promise<EndedRun>
  /** Ends an execution; one that has not come yet is remembered for ten minutes and does not start. */
  cancel(execution_id: number): void
  /** These attempts stay this worker's until the monotonic clock shows `until_ms`; then they are killed. */
  hold(execution_ids: readonly number[], until_ms: number): void
  /** Ends attempts that are not this worker's any more. Unlike a cancel, nothing is remembered. */
  drop(execution_ids: readonly number[]): void
  running(): number
  /** Takes nothing new, waits up to `graceMs`, then ends what still runs. */
  stop(graceMs: number): Promise<void>
}

const DEFAULT_SPAWNERS = 2
const DEFAULT_RESULT_BYTES = 1024 * 1024
/** Large outputs that are read and masked at a time, beside everything else that the worker does. */
const MAX_THREADS = 2
const DEFAULT_LIVE_LOG_MS = 500
/** How long a cancel that came too early or too late is remembered. */
const CANCEL_MEMORY_MS = 10 * 60_000
const MAX_REMEMBERED = 10_000
/** SIGTERM, five seconds, SIGKILL, and the way there and back. */
const STOP_MS = 8000
/** For the group that shares the logs, and for no action: what others said is in them. */
const LOGS_MODE = 0o2770

type Active = {
  ticket: number
  cancelled: boolean
  dropped: boolean
  held_until_ms: number | undefined
  link: SpawnerLink | undefined
  /** Ends the wait for an environment. */
  wake: (() => void) | undefined
}

/** Starts the spawners of a worker. Rejects when processes cannot be started on this machine. */
export async function createActionRunner(options: ActionRunnerOptions): Promise<ActionRunner> {
  const { judge } = options.accounts ?? asSelf
  const folders = await privateFolders(options.work_dir, options.instance ?? randomUUID(), judge)
  const logs = join(options.artifacts_dir, 'executions')
  await mkdir(logs, { recursive: true })
  await chmod(logs, LOGS_MODE)

  const inherited = inheritedEnvironment(process.env, options.env_passthrough)
  const passwords = passwordsIn(inherited)
  const files = createFiles(inherited.PATH ?? '', judge)
  const pack_folders = createPackFolders(join(options.work_dir, 'packs'), judge)
  const configs: PreparedPlace['configs'] = new LRUCache({ max: 1000 })
  const place = { ...options, folders, inherited, passwords, files, pack_folders, configs }
  const runner = new Runner(options, place)
  await runner.startSpawners()
  return runner
}

class Runner implements ActionRunner {
  readonly #options: ActionRunnerOptions
  readonly #place: PreparedPlace
  readonly #threads = createThreads({ most: MAX_THREADS })
  readonly #links: SpawnerLink[] = []
  readonly #active = new Map<number, Active>()
  readonly #cancelled = new Map<number, number>()
  #made = 0
  #tickets = 0
  #stopping = false
  #graceIsOver = false

  constructor(options: ActionRunnerOptions, place: PreparedPlace) {
    this.#options = options
    this.#place = place
  }

  get #folders(): PrivateFolders {
    return this.#place.folders
  }

  async startSpawners(): Promise<void> {
    const links = Array.from({ length: this.#options.spawners ?? DEFAULT_SPAWNERS }, () => this.#newLink())
    const ready = await Promise.all(links.map((link) => link.ready()))
    if (ready.every(Boolean)) return
    await this.#end()
    throw new Error('The process that starts actions could not be started; see its message above.')
  }

  running(): number {
    return this.#active.size
  }

  async run(request: RunRequest): Promise<EndedRun> {
    if (this.#stopping) return neverStarted()
    const id = request.execution_id
    const active: Active = {
      ticket: (this.#tickets += 1),
      cancelled: this.#wasCancelled(id),
      dropped: false,
      held_until_ms: request.held_until_ms,
      link: undefined,
      wake: undefined,
    }
    this.#active.set(id, active)
    try {
      return await this.#runActive(request, active)
    } catch (error) {
      return endBeforeStart(`Action execution failed: ${safeErrorText(error)}`)
    } finally {
      this.#active.delete(id)
    }
  }

  cancel(execution_id: number): void {
    const active = this.#active.get(execution_id)
    if (active === undefined) return this.#remember(execution_id)
    active.cancelled = true
    active.wake?.()
    active.link?.stop(active.ticket, 'cancel')
  }

  hold(execution_ids: readonly number[], until_ms: number): void {
    const ticketsOf = new Map<SpawnerLink, number[]>()
    for (const id of execution_ids) {
      const active = this.#active.get(id)
      if (active === undefined) continue
      active.held_until_ms = until_ms
      const { link, ticket } = active
      if (link !== undefined) ticketsOf.set(link, [...(ticketsOf.get(link) ?? []), ticket])
    }
    for (const [link, tickets] of ticketsOf) link.hold(tickets, until_ms)
  }

  drop(execution_ids: readonly number[]): void {
    for (const id of execution_ids) {
      const active = this.#active.get(id)
      if (active === undefined) continue
      active.dropped = true
      active.wake?.()
      active.link?.stop(active.ticket, 'lease')
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    await this.#idle(graceMs)
    this.#graceIsOver = true
    for (const { link, ticket, wake } of this.#active.values()) {
      wake?.()
      link?.stop(ticket, 'shutdown')
    }
    await this.#idle(STOP_MS)
    await this.#end()
  }

  /** Ends the spawners, and with them whatever still runs. */
  async #end(): Promise<void> {
    for (const link of this.#links) link.retire('the worker stops')
    for (const link of this.#links.filter(({ size }) => size > 0)) link.kill()
    await Promise.all(this.#links.map((link) => link.exited()))
    removeFolders(this.#folders)
  }

  async #runActive(request: RunRequest, active: Active): Promise<EndedRun> {
    if (active.cancelled) return cancelledBeforeStart()
    const prepared = await this.#prepare(request, active)
    if (prepared.kind === 'ended') return prepared.end
    if (request.attempt > 1) await removeLogs(prepared.order.log_dir)
    const end = await this.#runAs(prepared.order, active)
    if (end === undefined) return active.cancelled ? cancelledBeforeStart() : neverStarted()
    // Whoever wanted it to end has what they wanted, though nobody saw how.
    if (end.kind === 'lost' && active.cancelled) return cancelledBeforeStart()
    return this.#toEnded(end, prepared, request)
  }

  /** An environment that was taken away is asked for once more: then it is built again. */
  async #prepare(
    request: RunRequest,
    active: Active,
  ): Promise<Extract<PreparedRun, { kind: 'order' }> | { kind: 'ended'; end: EndedRun }> {
    for (let again = true; ; again = false) {
      const known = this.#environmentOf(request, active)
      const environment = known instanceof Promise ? await known : known
      if (environment === undefined)
        return { kind: 'ended', end: active.cancelled ? cancelledBeforeStart() : neverStarted() }
      const current = known instanceof Promise ? await withFreshToken(request) : request
      const prepared = await prepare(current, { ticket: active.ticket, environment }, this.#place)
      if (prepared.kind === 'order') return prepared
      if (prepared.kind === 'refused')
        return { kind: 'ended', end: await this.#refusal(prepared.error, secretsOf(current)) }
      if (request.environment_need !== undefined) this.#options.environments?.lost(request.environment_need)
      if (!again) return { kind: 'ended', end: endBeforeStart(ENVIRONMENT_LOST) }
    }
  }

  /** Undefined when the execution is to end while it waits. Nothing is waited for where the answer is known. */
  #environmentOf(
    { environment_need: need }: RunRequest,
    active: Active,
  ): ResolvedEnvironment | Promise<ResolvedEnvironment | undefined> {
    const { environments } = this.#options
    if (need === undefined || environments === undefined) return noEnvironment
    const environment = environments.resolve(need)
    if (!(environment instanceof Promise)) return environment
    const woken = new Promise<undefined>((resolve) => {
      active.wake = () => resolve(undefined)
    })
    return Promise.race([environment, woken]).finally(() => {
      active.wake = undefined
    })
  }

  /** As an account of its own where there are such. Undefined when it is not to start any more. */
  async #runAs(order: StartOrder, active: Active): Promise<OrderEnd | undefined> {
    const { accounts = asSelf } = this.#options
    const lent = accounts.take()
    const account: ProcessAccount | undefined = lent instanceof Promise ? await lent : lent
    try {
      if (!(active.cancelled || active.dropped || this.#graceIsOver))
        return await this.#start({ ...withHold(order, active), ...(account && { account }) }, active)
      await discard(order)
      return undefined
    } finally {
      void accounts.giveBack(account)
    }
  }

  #start(order: StartOrder, active: Active): Promise<OrderEnd> {
    const link = this.#idlest()
    active.link = link
    return link.run(order)
  }

  async #toEnded(
    end: OrderEnd,
    { order, native, secrets }: { order: StartOrder; native: boolean; secrets: string[] },
    request: RunRequest,
  ): Promise<EndedRun> {
    const started =
      end.start === undefined ? {} : { started_at: new Date(end.start.started_at).toISOString() }
    if (end.kind === 'lost') return { ...endBeforeStart(end.error), abandoned: true, ...started }
    const { report } = end
    if (report.start_error !== undefined)
      return this.#refusal(`Action execution failed: ${report.start_error}`, secrets)
    if (end.start === undefined && report.stopped_by === 'cancel') return cancelledBeforeStart()
    this.#complain(request.execution_id, report.stdout.log_error ?? report.stderr.log_error)
    const { success_exit_codes } = request.action
    const outcome = await outcomeOf(report, {
      output_format: request.action.output_format,
      success_exit_codes,
      secrets,
      declaredSecrets: request.declared_secrets,
      artifacts_dir: this.#options.artifacts_dir,
      log_dir: order.log_dir,
      max_result_bytes: this.#options.max_result_bytes ?? DEFAULT_RESULT_BYTES,
      threads: this.#threads,
    })
    return {
      ...endOf(outcome, { native, success_exit_codes, timeout_seconds: request.timeout_seconds }),
      ...started,
    }
  }

  async #refusal(error: string, secrets: readonly string[]): Promise<EndedRun> {
    return endBeforeStart(await hideText(error, secrets, this.#threads))
  }

  #idlest(): SpawnerLink {
    const links = this.#links.filter((link) => !link.retired)
    const wanted = this.#options.spawners ?? DEFAULT_SPAWNERS
    if (links.length < wanted) return this.#newLink()
    return links.reduce((best, link) => (link.size < best.size ? link : best))
  }

  #newLink(): SpawnerLink {
    const { max_stdout_bytes, max_stderr_bytes, live_log_after_ms = DEFAULT_LIVE_LOG_MS, log } = this.#options
    const { quick, roomy } = this.#folders
    const name = `spawner-${(this.#made += 1)}`
    const link = new SpawnerLink({
      setup: {
        quick: join(quick, name),
        roomy: join(roomy, name),
        max_stdout_bytes,
        max_stderr_bytes,
        live_log_after_ms,
      },
      env: this.#place.inherited,
      judge: this.#options.accounts?.judge,
      max_rss_bytes: this.#options.spawner_max_rss_bytes ?? MAX_SPAWNER_RSS,
      onRetired: (reason) => {
        if (!this.#stopping) log(`a spawner gets no more work: ${reason}`)
      },
    })
    this.#links.push(link)
    const forget = link.pid === undefined ? () => undefined : noteProcess(this.#folders, link.pid)
    void link.exited().then(() => {
      forget()
      this.#links.splice(this.#links.indexOf(link), 1)
    })
    return link
  }

  #wasCancelled(execution_id: number): boolean {
    const until = this.#cancelled.get(execution_id) ?? 0
    this.#cancelled.delete(execution_id)
    return until > monotonicMs()
  }

  #remember(execution_id: number): void {
    const now = monotonicMs()
    for (const [id, until] of this.#cancelled) {
      if (until > now && this.#cancelled.size < MAX_REMEMBERED) break
      this.#cancelled.delete(id)
    }
    this.#cancelled.set(execution_id, now + CANCEL_MEMORY_MS)
  }

  #complain(execution_id: number, problem: string | undefined): void {
    if (problem !== undefined) this.#options.log(`execution ${execution_id}: log not written: ${problem}`)
  }

  async #idle(ms: number): Promise<void> {
    const deadline = monotonicMs() + ms
    while (this.#active.size > 0 && monotonicMs() < deadline) await sleep(20)
  }
}

/** The wait for an environment may have been longer than the token lives. */
async function withFreshToken(request: RunRequest): Promise<RunRequest> {
  const token = await request.freshToken?.()
  return token === undefined ? request : { ...request, api_token: token }
}

const ENVIRONMENT_LOST =
  'Action execution failed: the environment of its pack is removed again and again while it is needed; see what else writes into the folder of environments'

/** The hold may have been renewed while the order was made. */
function withHold(order: StartOrder, { held_until_ms }: Active): StartOrder {
  return held_until_ms === undefined ? order : { ...order, held_until_ms }
}

function neverStarted(): EndedRun {
  return { ...endBeforeStart(SHUTDOWN_ERROR), abandoned: true }
}

/** Logs of an earlier attempt would be read as this one's. */
async function removeLogs(log_dir: string): Promise<void> {
  const names = ['stdout', 'stderr'].flatMap((stream) => [`${stream}.log`, `${stream}.times`])
  await Promise.all(names.map((name) => rm(join(log_dir, name), { force: true })))
}
