import type { Queryable } from '../../database/database.ts'
import type { TopologyFault, Inspection, QueueState } from '../inspection.ts'
import { type QueueKey, queueDefinition, queueKeys } from '../queues.ts'
import type { Consumer, QueueSubscription } from '../transport.ts'
import { type Backlog, backlogs } from './queue.ts'

/** A message that has waited so long has no reader that is merely busy starting. */
const UNREAD_SECONDS = 10

/**
 * Compares rows with leases: what waits and has no reader, and what this process should read and does not. Where a
 * message goes is a column, so there is no binding that could be wrong.
 */
export async function inspect(
  database: Queryable,
  own: readonly (readonly [Consumer, QueueSubscription])[],
): Promise<Inspection> {
  const found = new Map((await backlogs(database)).map((backlog) => [backlog.queue, backlog]))
  const queues = [...sharedQueues(), ...found.keys()]
  const seen = [...new Set(queues)].flatMap((queue) => {
    const known = meaningOf(queue)
    const backlog = found.get(queue) ?? { queue, depth: 0, consumers: 0, oldest_at: null, oldest_seconds: 0 }
    return known === undefined ? [] : [{ ...known, backlog }]
  })
  return {
    queues: seen.map(stateOf),
    faults: [
      ...seen.flatMap(({ key, backlog }) => unread(key, backlog)),
      ...own.flatMap(([consumer, { name }]) => (consumer.live() ? [] : [stopped(name)])),
    ],
  }
}

function sharedQueues(): string[] {
  return queueKeys.flatMap((key) => {
    const { delivery, name } = queueDefinition(key)
    return delivery === 'shared' ? [name] : []
  })
}

type Meaning = { key: QueueKey; names: Record<string, string> }

/** What a name means in the routing table; undefined for a queue of another version. */
function meaningOf(queue: string): Meaning | undefined {
  for (const key of queueKeys) {
    const [before = '', field, after] = queueDefinition(key).name.split(/[{}]/)
    if (field === undefined || after === undefined) {
      if (queue === before) return { key, names: {} }
    } else if (queue.startsWith(before) && queue.endsWith(after)) {
      return { key, names: { [field]: queue.slice(before.length, queue.length - after.length) } }
    }
  }
  return undefined
}

function stateOf({ key, names, backlog }: Meaning & { backlog: Backlog }): QueueState {
  const { queue, depth, consumers, oldest_at } = backlog
  return { key, queue, names, depth, consumers, oldest_at }
}

function unread(
  key: QueueKey,
  { queue, depth, consumers, oldest_at, oldest_seconds }: Backlog,
): TopologyFault[] {
  if (consumers > 0 || depth === 0 || oldest_seconds < UNREAD_SECONDS) return []
  // An instance that is away reads what there is when it starts.
  if (queueDefinition(key).delivery === 'broadcast') return []
  return [
    {
      object: queue,
      kind: 'no_consumer',
      problem: `${depth} messages wait in ${queue}, the oldest since ${oldest_at}, and nobody reads it.`,
      remedy: `Start a process with the role ${queueDefinition(key).service}.`,
    },
  ]
}

function stopped(queue: string): TopologyFault {
  return {
    object: queue,
    kind: 'consumer_stopped',
    problem: `This process should read ${queue} and does not.`,
    remedy: 'It goes on trying; where it does not succeed, see its log and restart it.',
  }
}
