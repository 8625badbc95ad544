import { Type } from 'typebox'
import type { Queryable, Transaction } from '../../../database/database.ts'
import { anyJson, id, timestamp } from '../../../database/row.ts'
import { call, item, read, type Route, write } from '../../../http/route.ts'
import { listOf, paged, pageOf, pageQuery } from '../../../http/page.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import type { Caller } from '../../caller/caller.ts'
import { recordChange } from '../../definition/form/change-record.ts'
import { refuse } from '../../definition/form/check.ts'
import { requireChange } from '../../access/permission/change.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { findByRef } from '../../definition/trigger/queries.ts'
import { targetOf } from '../../definition/form/definition.ts'
import { getToChange, noSuch } from '../../definition/form/write.ts'
import {
  shownTrigger,
  type Trigger,
  trigger as triggerDefinition,
  TriggerDetail,
} from '../../definition/trigger/trigger.ts'
import {
  configureWebhook,
  disableWebhook,
  enableWebhook,
  regenerateWebhookKey,
} from '../../definition/trigger/webhook.ts'
import { DeliveryRecord, listDeliveries } from './call-log.ts'
import {
  type KnownSecrets,
  problemsOf,
  secretMissing,
  ShownWebhookConfig,
  shownForm,
  storedForm,
  storedSigning,
  WebhookConfig,
} from './config.ts'
import { receive, type ReceiveContext } from './receive.ts'
import { createVouching } from './vouching.ts'
import { knownSecrets, removeSecret, secretsToChange, storeSecrets } from './secret.ts'

type WebhookDeps = Omit<ReceiveContext, 'database'>

const tag = 'webhooks'

export function webhookRoutes(deps: WebhookDeps): Route[] {
  return [
    controlRoute('enable', 'Open the webhook of a trigger; a key that is there stays', enableWebhook),
    controlRoute('disable', 'Close the webhook of a trigger; its key is gone for good', disableWebhook),
    controlRoute('regenerate', 'Replace the key; the old one is dead at once', regenerateWebhookKey),
    ...configRoutes(deps),
    deliveriesRoute(),
    receiveRoute(deps),
  ]
}

type Control = (tx: Transaction, id: Id<'trigger'>) => Promise<Trigger | undefined>

const controlling = { tag, access: ['triggers', 'update'], scoped: true } as const
const byRef = Type.Object({ ref: Type.String({ minLength: 1, maxLength: 255 }) })

function controlRoute(verb: string, summary: string, control: Control): Route {
  return write({
    ...controlling,
    method: 'POST',
    path: `/api/v1/triggers/{ref}/webhooks/${verb}`,
    summary,
    params: byRef,
    success: { 200: item(TriggerDetail) },
    refusals: [404],
    async handle({ tx, params: { ref }, ...context }) {
      const { id } = await getToChange(triggerDefinition, { tx, ...context }, ref, 'update')
      const trigger = await control(tx, id)
      if (trigger === undefined)
        throw new Problem('BAD_REQUEST', `The trigger '${ref}' has no webhook; enable it first.`)
      await recordChange(tx, context, { kind: 'trigger', done: `webhook_${verb}d`, resource: trigger })
      return { data: shownTrigger(context.caller, trigger) }
    },
  })
}

function configRoutes({ cipher }: WebhookDeps): Route[] {
  return [
    read({
      ...controlling,
      method: 'GET',
      path: '/api/v1/triggers/{ref}/webhooks/config',
      summary: 'What protects the webhook of a trigger, without its secret',
      params: byRef,
      success: { 200: item(ShownWebhookConfig) },
      refusals: [404],
      async handle({ db, params: { ref }, caller }) {
        const trigger = await getToLookAt(db, ref, caller)
        return { data: shownForm(trigger.webhook_config, await knownSecrets(db, trigger.id)) }
      },
    }),
    write({
      ...controlling,
      method: 'PUT',
      path: '/api/v1/triggers/{ref}/webhooks/config',
      summary: 'Say what protects the webhook of a trigger besides its key',
      description:
        'The whole configuration: what is not given is not demanded. The secret of `hmac` is stored encrypted, never shown, and stays when it is not given. A preset says how a known sender signs; of two secrets either is good while one replaces the other.',
      params: byRef,
      body: WebhookConfig,
      success: { 200: item(ShownWebhookConfig) },
      refusals: [404],
      async handle({ tx, params: { ref }, body, ...context }) {
        const config = storedForm(body)
        refuse('VALIDATION_ERROR', problemsOf(config, true)) // whether there is a secret is looked at below
        const { id } = await getToChange(triggerDefinition, { tx, ...context }, ref, 'update')
        const secrets = await keepSecret(tx, cipher, { id, hmac: body.hmac })
        const trigger = await configureWebhook(tx, id, config)
        await recordChange(tx, context, { kind: 'trigger', done: 'webhook_configured', resource: trigger })
        return { data: shownForm(trigger.webhook_config, secrets) }
      },
    }),
  ]
}

type Signing = { id: Id<'trigger'>; hmac: WebhookConfig['hmac'] }

/** A secret belongs to the demand for signatures: it comes and goes with it. Answers what there is then. */
async function keepSecret(tx: Transaction, cipher: Cipher, { id, hmac }: Signing): Promise<KnownSecrets> {
  if (hmac == null) {
    await removeSecret(tx, id)
    return { has_secret: false, has_previous: false }
  }
  if (hmac.secret === undefined && hmac.keep_previous_secret !== false) {
    const known = await knownSecrets(tx, id)
    if (hmac.enabled && !known.has_secret) refuse('VALIDATION_ERROR', [secretMissing])
    return known
  }
  const secrets = await secretsAfter(hmac, () => secretsToChange(tx, cipher, id))
  if (hmac.enabled && secrets.length === 0) refuse('VALIDATION_ERROR', [secretMissing])
  for (const secret of secrets)
    refuse('VALIDATION_ERROR', problemsOf({ hmac: { ...storedSigning(hmac), secret } }, true))
  if (secrets.length > 0) await storeSecrets(tx, cipher, { trigger: id, secrets })
  return { has_secret: secrets.length > 0, has_previous: secrets.length > 1 }
}

/** The newest first. What was there is opened only where some of it stays: it may not be readable any more. */
async function secretsAfter(
  { secret, keep_previous_secret }: NonNullable<WebhookConfig['hmac']>,
  before: () => Promise<string[]>,
): Promise<string[]> {
  if (secret === undefined) return (await before()).slice(0, 1)
  if (keep_previous_secret !== true) return [secret]
  return [secret, ...(await before()).filter((earlier) => earlier !== secret)].slice(0, 2)
}

function deliveriesRoute(): Route {
  return read({
    ...controlling,
    method: 'GET',
    path: '/api/v1/triggers/{ref}/webhooks/deliveries',
    summary: 'Calls of the webhook of a trigger, and what became of each',
    description: 'Newest first, let in or not. Neither bodies nor credentials are kept.',
    params: byRef,
    query: Type.Object({
      refused: Type.Optional(Type.Boolean({ description: 'Only those that were, or were not.' })),
      status_code: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
      ...pageQuery,
    }),
    success: { 200: listOf(DeliveryRecord) },
    refusals: [404],
    async handle({ db, params: { ref }, query, caller }) {
      const trigger = await getToLookAt(db, ref, caller)
      const page = pageOf(query)
      const { rows, total } = await listDeliveries(db, trigger.id, { filter: query, page })
      return paged(rows, total, page)
    },
  })
}

/** What protects a webhook is for those to see who may change it. */
async function getToLookAt(db: Queryable, ref: string, caller: Caller): Promise<Trigger> {
  const trigger = await findByRef(db, ref)
  if (trigger === undefined) throw noSuch(triggerDefinition, ref)
  requireChange(caller, ['triggers', 'update'], targetOf(triggerDefinition, trigger), () =>
    noSuch(triggerDefinition, ref),
  )
  return trigger
}

const Receipt = Type.Object(
  {
    event_id: id('event'),
    trigger_ref: Type.String(),
    received_at: timestamp,
    message: Type.String(),
  },
  { title: 'WebhookReceipt' },
)

/** Anything at all. With these fields and no others it is an envelope. */
const WebhookBody = Type.Object(
  {
    payload: Type.Optional(anyJson),
    headers: Type.Optional(Type.Unsafe<Json>({ description: 'Kept in config.headers of the event.' })),
    source_ip: Type.Optional(Type.Unsafe<Json>({ description: 'Without effect: the connection tells.' })),
    user_agent: Type.Optional(Type.Unsafe<Json>({ description: 'Without effect: the header tells.' })),
  },
  { additionalProperties: true },
)

/** Whatever the sender put behind the address; it is kept with the event. */
const WebhookQuery = Type.Unsafe<Record<string, string | string[]>>(
  Type.Object({}, { additionalProperties: true }),
)

function receiveRoute(deps: WebhookDeps): Route {
  return call({
    method: 'POST',
    path: '/api/v1/webhooks/{webhook_key}',
    summary: 'Send an event to a webhook',
    description:
      'The key is the credential; the webhook may demand more. The body is read by its Content-Encoding (gzip, deflate, br), charset and type: JSON of any kind, a form, multipart/form-data (of files only what they are called, their type and size), text, XML as text, nothing; a JSON object or array under any type. An object with `payload` and no fields but `headers`, `source_ip`, `user_agent` is an envelope, unless the trigger says otherwise; anything else is the payload. Headers and the query string are kept with the event, without credentials.',
    tag,
    access: 'public',
    guard: 'credential',
    vouch: createVouching(),
    max_body_bytes: Infinity,
    params: Type.Object({ webhook_key: Type.String() }),
    query: WebhookQuery,
    body: WebhookBody,
    undecoded: true,
    success: { 200: item(Receipt) },
    refusals: [401, 403, 404, 409, 413, 415, 429],
    async handle({ database, params, query, content: read, ...from }) {
      const received_at = new Date().toISOString()
      const content = await read().catch(asProblem)
      const { request_id, client_ip, user_agent, headers, raw_body } = from
      const sent = { content, raw_body, headers, query, received_at }
      const delivery = { key: params.webhook_key, ...sent, client_ip, user_agent, request_id }
      const { id, trigger_ref } = await receive({ ...deps, database }, delivery)
      const message = 'Webhook received successfully'
      return { data: { event_id: id, trigger_ref, received_at, message } }
    },
  })
}

/** A body that cannot be read is a call too: whether its sender is let in comes first, and what became of it is on record. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  throw error
}
