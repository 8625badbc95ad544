import type { Database, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import { oversize } from '../event/emit.ts'
import { acceptOne } from '../event/intake.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { isListed } from './address.ts'
import { hasRoom, logCall, type WebhookCall } from './call-log.ts'
import { type Demands, readConfig, secretMissing } from './config.ts'
import { emissionOf, harmless, payloadOf, type Received } from './received.ts'
import { findSecret } from './secret.ts'
import { isSigned } from './signature.ts'

export type Receiving = {
  database: Database
  cipher: Cipher
  /** Bytes of a payload at most. */
  inline_limit_bytes: number
}

/** A call with the very bytes of its body. */
type Call = Received & { raw_body: Buffer }

type Webhook = {
  id: Id<'trigger'>
  ref: string
  enabled: boolean
  webhook_enabled: boolean
  webhook_config: Json
}

/**
 * Lets a call in or refuses it, in the order size, address, rate, signature, and says which in the log. What the
 * webhook demands is read at every call, so that a change counts at once. The event, the row of the log and with it the
 * place in the rate are one transaction: a call that is not written down has sent nothing, and may be sent again.
 */
export async function receive(
  receiving: Receiving,
  call: Call,
): Promise<{ id: Id<'event'>; trigger_ref: string }> {
  const { database } = receiving
  const began = performance.now()
  const webhook = await findWebhook(database, call.key)
  if (webhook === undefined) throw new Problem('NOT_FOUND', 'There is no webhook under this key.')
  const arrival: Arrival = { call, webhook, began, entry: entryOf(webhook, call) }
  const outcome = await database
    .transaction(async (tx) => {
      const accepted = await accept(tx, receiving, arrival)
      await logCall(tx, settled(arrival, accepted))
      return accepted
    })
    .catch(async (error: unknown) => {
      // The store refused the event itself, and with it the transaction: the call is still written down.
      if (!(error instanceof Problem)) throw error
      await logCall(database, settled(arrival, error))
      return error
    })
  if (outcome instanceof Problem) throw outcome
  return { id: outcome, trigger_ref: webhook.ref }
}

/** What is known of a call so far. */
type Arrival = { call: Call; webhook: Webhook; began: number; entry: WebhookCall }

function settled({ entry, began }: Arrival, outcome: Id<'event'> | Problem): WebhookCall {
  const processing_time_ms = Math.round(performance.now() - began)
  if (!(outcome instanceof Problem))
    return { ...entry, event_id: outcome, status_code: 200, processing_time_ms }
  const error_message = entry.error_message ?? outcome.message
  return { ...entry, event_id: null, status_code: outcome.status, error_message, processing_time_ms }
}

/** The event that a call becomes, or why it is refused. */
async function accept(
  tx: Transaction,
  { cipher, inline_limit_bytes }: Receiving,
  arrival: Arrival,
): Promise<Id<'event'> | Problem> {
  const { call, webhook } = arrival
  const demands = await demandsOf(tx, cipher, webhook)
  if (isUnreadable(demands)) {
    arrival.entry.error_message = `The configuration of the webhook cannot be read, so nobody is let in: ${sentenceOf(demands.unreadable)}. Set it anew.`
    return new Problem('CONFLICT', 'This webhook takes no calls at present.')
  }
  const refusal =
    closed(webhook) ??
    tooLarge(demands, call) ??
    unlisted(demands, arrival) ??
    (await tooOften(tx, demands, arrival)) ??
    unsigned(demands, arrival)
  if (refusal !== undefined) return refusal
  const hmac_verified = demands.hmac === undefined ? undefined : true
  const emission = emissionOf({ ...call, hmac_verified }, inline_limit_bytes)
  if (emission instanceof Problem) return emission
  const stored = await acceptOne(tx, emission, cipher)
  return stored instanceof Problem ? stored : stored.event.id
}

/** What is not there demands nothing; a JSON null that stands there cannot be read. */
function findWebhook(database: Database, key: string): Promise<Webhook | undefined> {
  return database.maybe(sql`
    select id, ref, enabled, webhook_enabled, coalesce(webhook_config, '{}') as webhook_config
    from trigger where webhook_key = ${key}`)
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

/** The demands of a webhook with the secret that its calls are signed with. */
type Complete = Omit<Demands, 'hmac'> & {
  hmac: (NonNullable<Demands['hmac']> & { secret: string }) | undefined
}
type Unreadable = { unreadable: readonly FieldProblem[] }

function isUnreadable(demands: Complete | Unreadable): demands is Unreadable {
  return 'unreadable' in demands
}

async function demandsOf(
  tx: Transaction,
  cipher: Cipher,
  { id, webhook_config }: Webhook,
): Promise<Complete | Unreadable> {
  const reading = readConfig(webhook_config)
  if (reading.kind === 'unreadable') return { unreadable: reading.problems }
  const { hmac, ...demands } = reading.demands
  if (hmac === undefined) return { ...demands, hmac }
  const secret = hmac.secret ?? (await findSecret(tx, cipher, id))
  return secret === undefined ? { unreadable: [secretMissing] } : { ...demands, hmac: { ...hmac, secret } }
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
function tooLarge({ limit_bytes }: Complete, call: Call): Problem | undefined {
  const problem =
    limit_bytes === undefined ? undefined : oversize({ payload: payloadOf(call.body) }, limit_bytes)
  return problem && new Problem('BAD_REQUEST', problem.message, problem.details)
}

function unlisted({ whitelist }: Complete, { call, entry }: Arrival): Problem | undefined {
  if (whitelist === undefined) return undefined
  entry.ip_allowed = isListed(call.client_ip, whitelist)
  if (entry.ip_allowed) return undefined
  return new Problem('FORBIDDEN', `The address ${call.client_ip} may not call this webhook; have it listed.`)
}

async function tooOften(
  tx: Transaction,
  { rate }: Complete,
  { entry }: Arrival,
): Promise<Problem | undefined> {
  if (rate === undefined || (await hasRoom(tx, rate, entry))) return undefined
  entry.rate_limited = true
  return new Problem(
    'TOO_MANY_REQUESTS',
    `This webhook takes ${rate.requests} calls in ${rate.window_seconds} seconds; wait and call again.`,
  )
}

/** Whether the signature was checked and is right; where none is demanded there is nothing to say. */
function unsigned({ hmac }: Complete, { call, entry }: Arrival): Problem | undefined {
  if (hmac === undefined) return undefined
  const signature = headerOf(call, 'x-webhook-signature') ?? headerOf(call, 'x-hub-signature-256')
  entry.hmac_verified = isSigned({ ...hmac, body: call.raw_body, signature })
  if (entry.hmac_verified) return undefined
  return new Problem(
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
