import { randomBytes } from 'node:crypto'
import type { Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import type { Trigger } from './trigger.ts'

/** The key is the credential: whoever has it may send. */
function newKey(): string {
  return `wh_${randomBytes(16).toString('hex')}`
}

/** Opens the webhook. A key that is there stays, and so does its configuration. */
export function enableWebhook(tx: Transaction, id: Id<'trigger'>): Promise<Trigger | undefined> {
  return tx.maybe(sql`
    update trigger set webhook_enabled = true, webhook_key = coalesce(webhook_key, ${newKey()})
    where id = ${id}
    returning *`)
}

/** Closes the webhook; its key is gone for good. */
export function disableWebhook(tx: Transaction, id: Id<'trigger'>): Promise<Trigger | undefined> {
  return tx.maybe(sql`
    update trigger set webhook_enabled = false, webhook_key = null
    where id = ${id}
    returning *`)
}

/** Another key in place of the one in use, which is dead at once. Undefined where no webhook is open. */
export function regenerateWebhookKey(tx: Transaction, id: Id<'trigger'>): Promise<Trigger | undefined> {
  return tx.maybe(sql`
    update trigger set webhook_key = ${newKey()}
    where id = ${id} and webhook_enabled
    returning *`)
}

/** Says what protects the webhook besides its key. */
export function configureWebhook(tx: Transaction, id: Id<'trigger'>, config: JsonObject): Promise<Trigger> {
  return tx.one(sql`update trigger set webhook_config = ${json(config)} where id = ${id} returning *`)
}
