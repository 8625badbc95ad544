import * as workers from '../domain/flow/worker/queries.ts'
import { ratesPerMinute } from '../domain/watch/rates/rates.ts'
import { type HealthChecks, troubles } from '../http/health.ts'
import { outboxBacklog } from '../messages/rabbitmq/outbox-backlog.ts'
import type { Metrics } from '../observe/metrics.ts'
import { within } from '../waiting/within.ts'
import type { Platform } from './platform.ts'

/** Several may scrape, and a page may be reloaded: the database is asked once for all of them. */
const KEPT_MS = 5000
const PATIENCE_MS = 3000

/** What is true of the whole installation rather than of a process. The API's process tells it. */
export function watchFlow({ database, metrics }: Pick<Platform, 'database' | 'metrics'>): void {
  const outbox = kept(() => outboxBacklog(database))
  const gauge = (name: string, help: string, read: () => Promise<number>) =>
    metrics.sample({ name, help, labels: [], read: async () => [{ labels: {}, value: await read() }] })

  gauge('outbox_pending', 'Messages that wait to be handed to the broker', async () => {
    return (await outbox()).pending
  })
  gauge('outbox_oldest_seconds', 'Seconds that the oldest of them has waited', async () => {
    return (await outbox()).oldest_seconds
  })
  metrics.sample({
    name: 'flow_per_minute',
    help: 'Events, enforcements that ask for an execution, and executions of enforcements, per minute over the last five',
    labels: ['stage'],
    read: kept(async () =>
      (await ratesPerMinute(database)).map(({ stage, per_minute }) => ({
        labels: { stage },
        value: per_minute,
      })),
    ),
  })
  metrics.sample({
    name: 'workers',
    help: 'Workers of actions and of sensors, by status',
    labels: ['role', 'status'],
    read: kept(async () =>
      (await workers.countByStatus(database)).map(({ worker_role, status, count }) => ({
        labels: { role: worker_role, status },
        value: count,
      })),
    ),
  })
}

/** Whether programs of packs are kept apart from this process. */
export function watchSharedAccount(metrics: Metrics, reason: string | undefined): void {
  metrics.sample({
    name: 'runs_packs_as_root',
    help: 'Whether programs of packs run as root, like this process: 1 is yes',
    labels: [],
    read: async () => [{ labels: {}, value: reason === undefined ? 0 : 1 }],
  })
}

/** What /health/ready says, as numbers: 1 is well. */
export function watchReadiness(metrics: Metrics, checks: HealthChecks): void {
  metrics.sample({
    name: 'service_ready',
    help: 'Whether a check of /health/ready is well: 1, or 0',
    labels: ['check'],
    async read() {
      const wrong = await troubles(checks)
      return Object.keys(checks).map((check) => ({ labels: { check }, value: check in wrong ? 0 : 1 }))
    },
  })
}

/** Asks at most once in a while, and gives up when no answer comes. A failure is not kept. */
function kept<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let answer: { at: number; value: Promise<Value> } | undefined
  return () => {
    if (answer === undefined || performance.now() - answer.at > KEPT_MS) {
      const value = inTime(read())
      answer = { at: performance.now(), value }
      value.catch(() => (answer = undefined))
    }
    return answer.value
  }
}

async function inTime<Value>(value: Promise<Value>): Promise<Value> {
  const answer = await within(value, PATIENCE_MS)
  if (answer === undefined) throw new Error('No answer in time')
  return answer
}
