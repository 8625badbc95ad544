import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Database } from '../database/database.ts'
import { outageText } from '../database/outage.ts'
import { raiseTopologyAlert } from '../domain/watch/topology/topology-alert.ts'
import { type FindingProcess, forget, forgetExpired, record } from '../domain/watch/topology/finding.ts'
import { withoutEchoes } from '../domain/watch/topology/waiting.ts'
import type { Log } from '../observe/log.ts'
import type { TopologyFault, Inspection } from '../messages/inspection.ts'
import type { Transport } from '../messages/transport.ts'
import type { Metrics } from '../observe/metrics.ts'
import { monotonicMs } from '../waiting/monotonic.ts'

/** A check takes a fraction of a second; one that waits for a database that is gone takes a minute to fail. */
const LONGEST_LOOK_MS = 20_000

type TopologyWatch = {
  /** What is not as the routing table says, with its remedy; undefined when all is well. */
  trouble(): string | undefined
  stop(): Promise<void>
}

type TopologyWatchOptions = {
  database: Database
  transport: Transport
  metrics: Metrics
  log: Log
  roles: readonly string[]
  interval_seconds: number
  alert_cooldown_seconds: number
}

/**
 * Looks regularly, in every process, whether messages get where the routing table says, and tells: in readiness, in the
 * metrics, as alerts, and in a row from which any process can answer for all.
 */
export function watchTopology(options: TopologyWatchOptions): TopologyWatch {
  const { database, transport, metrics, log, interval_seconds } = options
  const finder: FindingProcess = {
    instance: randomUUID(),
    host: hostname(),
    roles: options.roles,
    lease_seconds: interval_seconds * 3 + 10,
  }
  let faults: readonly TopologyFault[] = []
  let unknown: string | undefined
  let stopped = false
  const lookTime = stopwatch()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    lookTime.start()
    try {
      const seen = await transport.inspect()
      const inspection = { ...seen, faults: await withoutEchoes(database, seen.faults, seen.queues) }
      faults = inspection.faults
      metrics.topology(inspection)
      if (faults.length > 0) log.error({ faults }, 'topology is not as it should be')
      await note(inspection)
      unknown = undefined
    } catch (error) {
      unknown = `The topology could not be checked: ${outageText(error)}`
      log.warn({ error: outageText(error) }, 'topology not checked')
    }
    lookTime.stop()
  }

  async function note(inspection: Inspection): Promise<void> {
    await database.transaction(async (tx) => {
      await forgetExpired(tx)
      await record(tx, finder, inspection)
      for (const kind of await raiseTopologyAlert(tx, inspection.faults, options.alert_cooldown_seconds))
        tx.afterCommit(() => metrics.alerted(kind, 1))
    })
  }

  function schedule(): void {
    timer = setTimeout(() => {
      running = look().finally(() => {
        if (!stopped) schedule()
      })
    }, interval_seconds * 1000)
  }

  schedule()
  return {
    trouble: () => lookTime.trouble() ?? unknown ?? sentenceOf(faults),
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
      await forget(database, finder.instance).catch(() => undefined) // else the lease runs out
    },
  }
}

/** An old answer would look like a true one. */
function stopwatch() {
  let since: number | undefined
  return {
    start: () => void (since = monotonicMs()),
    stop: () => void (since = undefined),
    trouble(): string | undefined {
      const ms = since === undefined ? 0 : monotonicMs() - since
      return ms > LONGEST_LOOK_MS
        ? `The topology could not be checked: the check has had no answer for ${Math.round(ms / 1000)} s.`
        : undefined
    },
  }
}

function sentenceOf(faults: readonly TopologyFault[]): string | undefined {
  if (faults.length === 0) return undefined
  return faults.map(({ problem, remedy }) => `${problem} ${remedy}`).join(' ')
}
