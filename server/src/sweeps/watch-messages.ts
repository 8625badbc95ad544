import type { Sighting } from '../domain/alert/alert.ts'
import {
  type Backlog,
  outboxBacklog,
  type UnreadQueue,
  unreadQueues,
  watchedQueues,
} from '../messages/backlog.ts'
import type { Limits } from './limits.ts'
import type { Sweep } from './sweep.ts'

const OUTBOX = 'outbox:not_relayed'
const unreadOf = (queue: string) => `queue:${queue}:unread`

/** Tells when what the broker has not been given does not move. */
export function watchOutbox(limits: Limits): Sweep {
  return {
    name: 'watch_outbox',
    interval_seconds: limits.interval_seconds,
    async run(tx) {
      const backlog = await outboxBacklog(tx)
      return backlog.oldest_seconds > limits.redrive_after_seconds
        ? { done: 0, sightings: [notRelayed(backlog)] }
        : { done: 0, cleared: [OUTBOX] }
    },
  }
}

/** Tells of queues in the database that have messages and no reader. */
export function watchQueues({ interval_seconds, redrive_after_seconds }: Limits): Sweep {
  return {
    name: 'watch_queues',
    interval_seconds,
    async run(tx) {
      const unread = await unreadQueues(tx, redrive_after_seconds)
      const names = new Set(unread.map(({ queue }) => queue))
      return {
        done: 0,
        sightings: unread.map(unreadQueue),
        cleared: watchedQueues()
          .filter((queue) => !names.has(queue))
          .map(unreadOf),
      }
    },
  }
}

function notRelayed({ pending, oldest_seconds }: Backlog): Sighting {
  return {
    correlation_id: OUTBOX,
    severity: 'error',
    category: 'messaging',
    failure_type: 'outbox_not_relayed',
    component_type: 'outbox',
    summary: `${pending} messages wait for the broker, the oldest for ${Math.round(oldest_seconds)} s. Check that RabbitMQ is reachable and takes messages.`,
    details: { pending, oldest_seconds: Math.round(oldest_seconds) },
  }
}

function unreadQueue({ queue, pending, oldest_seconds }: UnreadQueue): Sighting {
  return {
    correlation_id: unreadOf(queue),
    severity: 'error',
    category: 'messaging',
    failure_type: 'queue_without_consumer',
    component_type: 'queue',
    component_ref: queue,
    summary: `Nobody reads ${queue}: ${pending} messages wait, the oldest for ${Math.round(oldest_seconds)} s. Start a process with the role that reads it.`,
    details: { pending, oldest_seconds: Math.round(oldest_seconds) },
  }
}
