import type { Database, Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import { oversize } from '../event/event-request.ts'
import { emittedColumns, type EmittedTrigger } from '../event/emission.ts'
import type { Event } from '../event/event.ts'
import { acceptFor } from '../event/intake.ts'
import { nextEventId } from '../event/queries.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { isListed } from './address.ts'
import { logCall, secondsUntilRoom, type WebhookCall } from './call-log.ts'
import { type WebhookDemands, readConfig, signatureHeaderIn } from './config.ts'
import {
  emissionOf,
  type FoundWebhook,
  harmless,
  type Unwrapped,
  unwrap,
  type WebhookDelivery,
} from './delivery.ts'
import { openSecrets, type SealedSecret } from './secret.ts'
import {
  checkSignature,
  headerOf as signatureHeaderOf,
  type SignatureScheme,
  type SignatureVerdict,
} from './signature.ts'

export type ReceiveContext = {
  database: Database
  cipher: Cipher
  /** Bytes of a payload at most. */
  inline_limit_bytes: number
}

/** A webhook with its trigger, and what its next event will be called. */
type Webhook = EmittedTrigger &
  SealedSecret & {
    webhook_enabled: boolean
    webhook_config: Json
    event_id: Id<'event'>
  }

/** What is known of a call so far. */
type Arrival = { call: WebhookDelivery; webhook: Webhook; began: number; entry: WebhookCall }

/**
 * Lets a call in or refuses it, in the order address, rate, signature, content, size, and says which in the log. What the
 * webhook demands is read at every call, so that a change counts at once. The event, the row of the log and with it the
 * place in the rate are one transaction: a call that is not written down has sent nothing, and may be sent again.
 */
export async function receive(receiving: ReceiveContext, call: WebhookDelivery): Promise<Event> {
  const { database } = receiving
  const began = performance.now()
  let arrival: Arrival | undefined
  const outcome = await database
    .transaction(async (tx) => {
      const webhook = await findWebhook(tx, call.key)
      if (webhook === undefined) throw new Problem('NOT_FOUND', 'There is no webhook under this key.')
      arrival = { call, webhook, began, entry: entryOf(webhook, call) }
      const accepted = await accept(tx, receiving, arrival)
      await record(tx, arrival, accepted)
      return accepted
    })
    .catch(async (error: unknown) => {
      // The store refused the event itself, and with it the transaction: the call is still written down.
      if (!(error instanceof Problem) || arrival === undefined) throw error
      await record(database, arrival, error)
      return error
    })
  if (outcome instanceof Problem) throw outcome
  return outcome
}

/** Writes a call down when it is known what becomes of it. */
async function record(db: Queryable, { entry, began }: Arrival, outcome: Event | Problem): Promise<void> {
  const processing_time_ms = Math.round(performance.now() - began)
  await logCall(
    db,
    outcome instanceof Problem
      ? {
          ...entry,
          status_code: outcome.status,
          error_message: entry.error_message ?? outcome.message,
          processing_time_ms,
        }
      : { ...entry, event_id: outcome.id, status_code: 200, processing_time_ms },
  )
}

/** The event that a call becomes, or why it is refused. */
async function accept(
  tx: Transaction,
  { cipher, inline_limit_bytes }: ReceiveContext,
  arrival: Arrival,
): Promise<Event | Problem> {
  const { call, webhook } = arrival
  const reading = readConfig(webhook.webhook_config, webhook.encrypted_value !== null)
  if (reading.kind === 'unreadable') {
    arrival.entry.error_message = `The configuration of the webhook cannot be read, so nobody is let in: ${sentenceOf(reading.problems)}. Set it anew.`
    return new Problem('CONFLICT', 'This webhook takes no calls at present.')
  }
  const { demands } = reading
  const refusal =
    closed(webhook) ??
    unlisted(demands, arrival) ??
    (await tooOften(tx, demands, arrival)) ??
    unsigned(demands, arrival, cipher)
  if (refusal !== undefined) return refusal
  const hmac_verified: true | undefined = demands.hmac === undefined ? undefined : true
  if (call.content instanceof Problem) return call.content
  const unwrapped = unwrap(call.content, demands.envelope)
  const excess = tooLarge(demands, unwrapped)
  if (excess !== undefined) return excess
  const delivery_id = deliveryIdOf(demands, call)
  const { headers } = arrival.entry
  const found: FoundWebhook = {
    trigger: webhook,
    unwrapped,
    headers,
    hmac_verified,
    delivery_id,
    inline_limit_bytes,
  }
  const emission = emissionOf(call, found)
  if (emission instanceof Problem) return emission
  const event = await acceptFor(tx, emission, { trigger: webhook, id: webhook.event_id, cipher })
  arrival.entry.duplicate = !(event instanceof Problem) && event.id !== webhook.event_id
  return event
}

function deliveryIdOf(
  { delivery_id_header: name }: WebhookDemands,
  call: WebhookDelivery,
): string | undefined {
  return name === undefined ? undefined : headerOf(call, name)
}

/** What is not there demands nothing; a JSON null that stands there cannot be read. */
function findWebhook(tx: Transaction, key: string): Promise<Webhook | undefined> {
  return tx.maybe(sql`
    select ${emittedColumns}, t.webhook_enabled, coalesce(t.webhook_config, '{}') as webhook_config,
      s.encrypted_value, s.encryption_key_hash, ${nextEventId} as event_id
    from trigger t left join webhook_secret s on s.trigger = t.id
    where t.webhook_key = ${key}`)
}

function entryOf({ id, ref, webhook_config }: Webhook, call: WebhookDelivery): WebhookCall {
  // A header in which a signature or token stands holds one whatever it is called.
  const signature = signatureHeaderIn(webhook_config)
  const headers = Object.entries(call.headers).filter(([name]) => name !== signature)
  return {
    trigger_id: id,
    trigger_ref: ref,
    webhook_key: call.key.slice(-4),
    event_id: null,
    source_ip: call.client_ip,
    user_agent: call.user_agent,
    payload_size_bytes: call.raw_body.length,
    headers: harmless(Object.fromEntries(headers), call.key),
    status_code: 202,
    error_message: null,
    processing_time_ms: 0,
    hmac_verified: null,
    rate_limited: false,
    ip_allowed: null,
    duplicate: false,
  }
}

const sentenceOf = (problems: readonly FieldProblem[]) =>
  problems.map(({ field, message }) => `${field} ${message}`).join('; ')

function closed({ ref, enabled, webhook_enabled }: Webhook): Problem | undefined {
  if (!webhook_enabled)
    return new Problem('BAD_REQUEST', `Webhooks of the trigger '${ref}' are disabled; enable them first.`)
  if (!enabled) return new Problem('CONFLICT', `The trigger '${ref}' is disabled; enable it first.`)
  return undefined
}

/** A limit of the webhook's own is part of what its caller agreed to; ours is told as 413. */
function tooLarge({ limit_bytes }: WebhookDemands, { payload }: Unwrapped): Problem | undefined {
  const problem = limit_bytes === undefined ? undefined : oversize({ payload }, limit_bytes)
  return problem && new Problem('BAD_REQUEST', problem.message, problem.details)
}

function unlisted({ whitelist }: WebhookDemands, { call, entry }: Arrival): Problem | undefined {
  if (whitelist === undefined) return undefined
  entry.ip_allowed = isListed(call.client_ip, whitelist)
  if (entry.ip_allowed) return undefined
  return new Problem('FORBIDDEN', `The address ${call.client_ip} may not call this webhook; have it listed.`)
}

async function tooOften(
  tx: Transaction,
  { rate }: WebhookDemands,
  { entry }: Arrival,
): Promise<Problem | undefined> {
  const wait = rate === undefined ? undefined : await secondsUntilRoom(tx, rate, entry)
  if (rate === undefined || wait === undefined) return undefined
  entry.rate_limited = true
  return new Problem(
    'TOO_MANY_REQUESTS',
    `This webhook takes ${rate.requests} calls in ${rate.window_seconds} seconds; wait and call again.`,
    [],
    { retry_after_seconds: wait },
  )
}

/** Whether the signature was checked and is right; where none is demanded there is nothing to say. */
function unsigned(
  { hmac }: WebhookDemands,
  { call, webhook, entry }: Arrival,
  cipher: Cipher,
): Problem | undefined {
  if (hmac === undefined) return undefined
  const secrets = hmac.secret === undefined ? openSecrets(cipher, webhook) : [hmac.secret]
  const { raw_body: body, received_at } = call
  const verdict = checkSignature(hmac.scheme, secrets, {
    body,
    received_at,
    header: (name) => headerOf(call, name),
  })
  entry.hmac_verified = verdict === 'right'
  return entry.hmac_verified ? undefined : new Problem('UNAUTHORIZED', reasonOf(verdict, hmac.scheme))
}

function reasonOf(verdict: SignatureVerdict, scheme: SignatureScheme): string {
  switch (verdict) {
    case 'right':
    case 'wrong':
      return scheme.kind === 'token'
        ? `The token in ${signatureHeaderOf(scheme)} is not that of the webhook.`
        : 'The signature is not that of the body; sign its very bytes with the secret and algorithm of the webhook.'
    case 'missing':
      return `This webhook wants signed calls; send ${signatureHeaderOf(scheme)} and what else is signed.`
    case 'out of time':
      return 'The time that is signed is none, or too far from now; sign the call anew when it is sent, and set the clock.'
  }
}

function headerOf({ headers }: WebhookDelivery, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
