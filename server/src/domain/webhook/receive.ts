import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Id } from '../../id.ts'
import type { Json } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { oversize } from '../event/emit.ts'
import type { EventIntake } from '../event/intake.ts'
import type { Cipher } from '../secret/cipher.ts'
import { isListed } from './address.ts'
import { enterWithin, logCall, settleCall, type WebhookCall } from './call-log.ts'
import { type Demands, demandsOf } from './config.ts'
import { emissionOf, harmless, payloadOf, type Received } from './received.ts'
import { findSecret } from './secret.ts'
import { isSigned } from './signature.ts'

export type Receiving = {
  database: Database
  intake: EventIntake
  cipher: Cipher
  /** Bytes of a payload at most. */
  inline_limit_bytes: number
}

/** A call with the very bytes of its body. */
export type Call = Received & { raw_body: Buffer }

type Webhook = {
  id: Id<'trigger'>
  ref: string
  enabled: boolean
  webhook_enabled: boolean
  webhook_config: Json
}

/**
 * Lets a call in or refuses it, in the order size, address, rate, signature, and says which in the log. What the
 * webhook demands is read at every call, so that a change counts at once.
 */
export async function receive(
  receiving: Receiving,
  call: Call,
): Promise<{ id: Id<'event'>; trigger_ref: string }> {
  const { database } = receiving
  const began = performance.now()
  const webhook = await findWebhook(database, call.key)
  if (webhook === undefined) throw new Problem('NOT_FOUND', 'There is no webhook under this key.')
  const entry = entryOf(webhook, call)
  const attempt = { entry, entered: undefined } as Attempt
  const outcome = await accepted(receiving, { call, webhook, attempt }).catch((error: unknown) => {
    if (error instanceof Problem) return error
    throw error
  })
  const settled = {
    ...attempt.entry,
    event_id: outcome instanceof Problem ? null : outcome,
    status_code: outcome instanceof Problem ? outcome.status : 200,
    error_message: outcome instanceof Problem ? outcome.message : null,
    processing_time_ms: Math.round(performance.now() - began),
  }
  if (attempt.entered === undefined) await logCall(database, settled)
  else await settleCall(database, attempt.entered, settled)
  if (outcome instanceof Problem) throw outcome
  return { id: outcome, trigger_ref: webhook.ref }
}

/** What is known of a call so far; its entry in the log once it has one. */
type Attempt = { entry: WebhookCall; entered: number | undefined }
type Arrival = { call: Call; webhook: Webhook; attempt: Attempt }

async function accepted(receiving: Receiving, arrival: Arrival): Promise<Id<'event'>> {
  const { call, webhook } = arrival
  requireOpen(webhook)
  const demands = demandsOf(webhook.webhook_config)
  requireSize(demands, call)
  requireListed(demands, arrival)
  await requireRate(receiving.database, demands, arrival)
  const hmac_verified = await requireSignature(receiving, demands, arrival)
  const emission = emissionOf({ ...call, hmac_verified }, receiving.inline_limit_bytes)
  if (emission instanceof Problem) throw emission
  return (await receiving.intake.accept(emission)).event.id
}

function findWebhook(database: Database, key: string): Promise<Webhook | undefined> {
  return database.maybe(sql`
    select id, ref, enabled, webhook_enabled, webhook_config from trigger where webhook_key = ${key}`)
}

function entryOf({ id, ref }: Webhook, call: Call): WebhookCall {
  return {
    trigger_id: id,
    trigger_ref: ref,
    webhook_key: call.key.slice(-4),
    event_id: null,
    source_ip: call.client_ip,
    user_agent: call.user_agent,
    payload_size_bytes: call.raw_body.length,
    headers: harmless(call.headers, call.key),
    status_code: 202,
    error_message: null,
    processing_time_ms: 0,
    hmac_verified: null,
    rate_limited: false,
    ip_allowed: null,
  }
}

function requireOpen({ ref, enabled, webhook_enabled }: Webhook): void {
  if (!webhook_enabled)
    throw new Problem('BAD_REQUEST', `Webhooks of the trigger '${ref}' are disabled; enable them first.`)
  if (!enabled) throw new Problem('CONFLICT', `The trigger '${ref}' is disabled; enable it first.`)
}

/** A limit of the webhook's own is part of what its caller agreed to; ours is told as 413. */
function requireSize({ limit_bytes }: Demands, call: Call): void {
  const problem =
    limit_bytes === undefined ? undefined : oversize({ payload: payloadOf(call.body) }, limit_bytes)
  if (problem !== undefined) throw new Problem('BAD_REQUEST', problem.message, problem.details)
}

function requireListed({ whitelist }: Demands, { call, attempt }: Arrival): void {
  if (whitelist === undefined) return
  const ip_allowed = isListed(call.client_ip, whitelist)
  attempt.entry = { ...attempt.entry, ip_allowed }
  if (!ip_allowed)
    throw new Problem('FORBIDDEN', `The address ${call.client_ip} may not call this webhook; have it listed.`)
}

async function requireRate(database: Database, { rate }: Demands, { attempt }: Arrival): Promise<void> {
  if (rate === undefined) return
  attempt.entered = (await enterWithin(database, rate, attempt.entry))?.id
  if (attempt.entered !== undefined) return
  attempt.entry = { ...attempt.entry, rate_limited: true }
  throw new Problem(
    'TOO_MANY_REQUESTS',
    `This webhook takes ${rate.requests} calls in ${rate.window_seconds} seconds; wait and call again.`,
  )
}

/** Whether the signature was checked and is right; where none is demanded there is nothing to say. */
async function requireSignature(
  { database, cipher }: Receiving,
  { hmac }: Demands,
  { call, webhook, attempt }: Arrival,
): Promise<true | undefined> {
  if (hmac === undefined) return undefined
  const secret = hmac.secret ?? (await findSecret(database, cipher, webhook.id))
  const signature = headerOf(call, 'x-webhook-signature') ?? headerOf(call, 'x-hub-signature-256')
  const hmac_verified =
    secret !== undefined && isSigned({ algorithm: hmac.algorithm, secret, body: call.raw_body, signature })
  attempt.entry = { ...attempt.entry, hmac_verified }
  if (hmac_verified) return true
  throw new Problem(
    'UNAUTHORIZED',
    signature === undefined
      ? 'This webhook wants signed calls; send X-Webhook-Signature.'
      : 'The signature is not that of the body; sign its very bytes with the secret and algorithm of the webhook.',
  )
}

function headerOf({ headers }: Call, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
