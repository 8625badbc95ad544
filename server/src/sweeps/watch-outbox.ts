import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import { type Backlog, outboxBacklog } from '../messages/rabbitmq/outbox-backlog.ts'
import type { Limits } from './limits.ts'
import type { Sweep } from './sweep.ts'

const OUTBOX = 'outbox:not_relayed'

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

function notRelayed({ pending, oldest_seconds }: Backlog): AlertOccurrence {
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
