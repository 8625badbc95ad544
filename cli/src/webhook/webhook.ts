import type { View } from '../output/view.ts'
import { flag, maybeText, text } from '../row.ts'
import { type Trigger, triggers } from '../trigger/trigger.ts'

/** A trigger as the one who sends to it sees it. The address is a secret: whoever knows it may make events. */
export function webhook(url: string): View<Trigger> {
  const address = (trigger: Trigger): string => {
    const key = maybeText(trigger, 'webhook_key')
    return key === undefined ? '' : `${url}/api/v1/webhooks/${encodeURIComponent(key)}`
  }
  return {
    read: (row) => triggers.read(row),
    key: (trigger) => address(trigger) || text(trigger, 'ref'),
    columns: [],
    details: (trigger) => [
      ['Trigger', text(trigger, 'ref')],
      ['Webhook', flag(trigger, 'webhook_enabled') ? 'enabled' : 'disabled'],
      ['URL', address(trigger)],
    ],
  }
}
