import type { Schemas } from '@attune/client/dist/requests.js'
import type { View } from '../output/view.ts'

type Trigger = Schemas['TriggerDetail']

/** A trigger as the one who sends to it sees it. The address is a secret: whoever knows it may make events. */
export function webhook(url: string): View<Trigger> {
  const address = ({ webhook_key }: Trigger): string =>
    typeof webhook_key === 'string' ? `${url}/api/v1/webhooks/${encodeURIComponent(webhook_key)}` : ''
  return {
    key: (trigger) => address(trigger) || trigger.ref,
    columns: [
      ['Trigger', 'ref'],
      ['Webhook', ({ webhook_enabled }) => (webhook_enabled ? 'enabled' : 'disabled')],
      ['URL', address],
    ],
  }
}
