import { Type } from 'typebox'
import type { Transaction } from '../../database/database.ts'
import { anyJson, id, timestamp } from '../../database/row.ts'
import { call, item, type Route, write } from '../../http/route.ts'
import type { Json } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { EventIntake } from '../event/intake.ts'
import { findByRef } from '../trigger/queries.ts'
import { type Trigger, TriggerDetail } from '../trigger/trigger.ts'
import { disableWebhook, enableWebhook, regenerateWebhookKey } from '../trigger/webhook.ts'
import { emissionOf } from './received.ts'

export type WebhookDeps = {
  intake: EventIntake
  /** Bytes of a payload at most. */
  inline_limit_bytes: number
}

const tag = 'webhooks'

export function webhookRoutes(deps: WebhookDeps): Route[] {
  return [
    controlRoute('enable', 'Open the webhook of a trigger; a key that is there stays', enableWebhook),
    controlRoute('disable', 'Close the webhook of a trigger; its key is gone for good', disableWebhook),
    controlRoute('regenerate', 'Replace the key; the old one is dead at once', regenerate),
    receiveRoute(deps),
  ]
}

type Control = (tx: Transaction, ref: string) => Promise<Trigger | undefined>

function controlRoute(verb: string, summary: string, control: Control): Route {
  return write({
    method: 'POST',
    path: `/api/v1/triggers/{ref}/webhooks/${verb}`,
    summary,
    tag,
    access: ['triggers', 'update'],
    params: Type.Object({ ref: Type.String({ minLength: 1, maxLength: 255 }) }),
    success: { 200: item(TriggerDetail) },
    refusals: [404],
    async handle({ tx, params }) {
      const trigger = await control(tx, params.ref)
      if (trigger === undefined) throw new Problem('NOT_FOUND', `There is no trigger '${params.ref}'.`)
      return { data: trigger }
    },
  })
}

async function regenerate(tx: Transaction, ref: string): Promise<Trigger | undefined> {
  const trigger = await regenerateWebhookKey(tx, ref)
  if (trigger !== undefined || (await findByRef(tx, ref)) === undefined) return trigger
  throw new Problem('BAD_REQUEST', `The trigger '${ref}' has no webhook; enable it first.`)
}

const Receipt = Type.Object({
  event_id: id('event'),
  trigger_ref: Type.String(),
  received_at: timestamp,
  message: Type.String(),
})

/** Anything at all. The fields that are named make it an envelope. */
const WebhookBody = Type.Object(
  {
    payload: Type.Optional(anyJson),
    headers: Type.Optional(Type.Unsafe<Json>({ description: 'Kept in config.headers of the event.' })),
    source_ip: Type.Optional(Type.Unsafe<Json>({ description: 'Without effect: the connection tells.' })),
    user_agent: Type.Optional(Type.Unsafe<Json>({ description: 'Without effect: the header tells.' })),
  },
  { additionalProperties: true },
)

/** Any other text cannot be a key, and need not be looked for. */
const KEY = /^[\x21-\x7e]{1,64}$/

function receiveRoute({ intake, inline_limit_bytes }: WebhookDeps): Route {
  return call({
    method: 'POST',
    path: '/api/v1/webhooks/{webhook_key}',
    summary: 'Send an event to a webhook',
    description:
      'The key is the credential. An object with `payload` (and `headers`) is an envelope, any other object is the payload. The Content-Type does not matter.',
    tag,
    access: 'public',
    params: Type.Object({ webhook_key: Type.String() }),
    body: WebhookBody,
    any_media_type: true,
    documents: ['*'],
    success: { 200: item(Receipt) },
    refusals: [404, 409, 413, 501],
    async handle({ params, body, request_id, client_ip, user_agent, headers }) {
      const key = params.webhook_key
      if (!KEY.test(key)) throw new Problem('NOT_FOUND', 'There is no webhook under this key.')
      const received_at = new Date().toISOString()
      const received = { key, body, headers, client_ip, user_agent, received_at, request_id }
      const emission = emissionOf(received, inline_limit_bytes)
      if (emission instanceof Problem) throw emission
      const { event } = await intake.accept(emission)
      const message = 'Webhook received successfully'
      return { data: { event_id: event.id, trigger_ref: event.trigger_ref, received_at, message } }
    },
  })
}
