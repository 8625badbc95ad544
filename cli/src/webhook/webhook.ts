import type { View } from '../output/view.ts'
import { type Trigger, triggers } from '../trigger/trigger.ts'

/** A trigger as the one who sends to it sees it. The address is a secret: whoever knows it may make events. */
export function webhook(url: string): View<Trigger> {
  const address = ({ webhook_key }: Trigger): string =>
    webhook_key === undefined ? '' : `${url}/api/v1/webhooks/${encodeURIComponent(webhook_key)}`
  return {
    read: (row) => triggers.read(row),
    key: (trigger) => address(trigger) || trigger.ref,
    columns: [],
    details: (trigger) => [
      ['Trigger', trigger.ref],
      ['Webhook', trigger.webhook_enabled ? 'enabled' : 'disabled'],
      ['URL', address(trigger)],
    ],
  }
}
