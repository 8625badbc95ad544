import { randomBytes } from 'node:crypto'
import type { Transaction } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Trigger } from './trigger.ts'

/** The key is the credential: whoever has it may send. */
function newKey(): string {
  return `wh_${randomBytes(16).toString('hex')}`
}

/** Opens the webhook. A key that is there stays, and so does its configuration. */
export function enableWebhook(tx: Transaction, ref: string): Promise<Trigger | undefined> {
  return tx.maybe(sql`
    update trigger set webhook_enabled = true, webhook_key = coalesce(webhook_key, ${newKey()})
    where ref = ${ref}
    returning *`)
}

/** Closes the webhook; its key is gone for good. */
export function disableWebhook(tx: Transaction, ref: string): Promise<Trigger | undefined> {
  return tx.maybe(sql`
    update trigger set webhook_enabled = false, webhook_key = null
    where ref = ${ref}
    returning *`)
}

/** Another key in place of the one in use, which is dead at once. Undefined where no webhook is open. */
export function regenerateWebhookKey(tx: Transaction, ref: string): Promise<Trigger | undefined> {
  return tx.maybe(sql`
    update trigger set webhook_key = ${newKey()}
    where ref = ${ref} and webhook_enabled
    returning *`)
}
