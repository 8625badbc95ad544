import type { AlertOccurrence } from '../domain/watch/alert/alert.ts'
import {
  alertedAndReadable,
  findUnreadable,
  type UnreadableWebhook,
} from '../domain/flow/webhook/unreadable.ts'
import type { Limits } from './limits.ts'
import type { Sweep } from './sweep.ts'

/** Tells of webhooks that refuse every call because their configuration cannot be read. */
export function reportUnreadableWebhooks({ interval_seconds }: Limits): Sweep {
  return {
    name: 'report_unreadable_webhooks',
    interval_seconds,
    async run(tx) {
      const found = await findUnreadable(tx)
      return { done: 0, sightings: found.map(sightingOf), cleared: await alertedAndReadable(tx, found) }
    },
  }
}

function sightingOf({ id, ref, problems }: UnreadableWebhook): AlertOccurrence {
  const listed = problems.map(({ field, message }) => `${field} ${message}`).join('; ')
  return {
    correlation_id: `webhook:${id}:unreadable`,
    severity: 'error',
    category: 'webhook_configuration',
    failure_type: 'webhook_configuration_unreadable',
    component_type: 'trigger',
    component_id: id,
    component_ref: ref,
    summary: `The webhook of ${ref} refuses every call, because its configuration cannot be read: ${listed}. Set it anew with PUT /api/v1/triggers/${ref}/webhooks/config.`,
    details: { problems: problems.map(({ field, message }) => ({ field, message })) },
  }
}
