import type { Schemas } from '@attune/client/dist/requests.js'
import { when } from '../output/time.ts'
import { type View, yesNo } from '../output/view.ts'

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

/** What a webhook demands, as whoever set it up wants to read it. */
export function webhookConfig(ref: string): View<Schemas['ShownWebhookConfig']> {
  return {
    key: () => ref,
    columns: [
      ['Trigger', () => ref],
      [
        'Signature',
        ({ hmac }) => (hmac?.enabled === true ? (hmac.preset ?? hmac.scheme ?? 'hmac') : 'not demanded'),
      ],
      ['Secret', ({ hmac }) => (hmac === undefined ? undefined : yesNo(hmac.has_secret))],
      [
        'Previous secret',
        ({ hmac }) => (hmac === undefined ? undefined : yesNo(hmac.has_previous_secret === true)),
      ],
      ['Envelope', ({ envelope }) => envelope ?? 'auto'],
      ['Delivery id', ({ delivery_id_header }) => delivery_id_header],
    ],
    sections: (config) => [{ title: 'Configuration', value: config }],
  }
}

export const deliveries: View<Schemas['WebhookDelivery']> = {
  key: 'id',
  columns: [
    ['ID', 'id'],
    ['Status', 'status_code'],
    ['Event', ({ event_id, duplicate }) => (duplicate ? `${event_id} (again)` : event_id)],
    ['From', ({ source_ip }) => source_ip],
    ['Reason', ({ error_message }) => error_message],
    ['Received', ({ created }) => when(created)],
  ],
}
