import { LRUCache } from 'lru-cache'
import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'

/** Any other text cannot be a key, and need not be looked for. */
const KEY = /^[\x21-\x7e]{1,64}$/

/** Keys that were good a moment ago are not looked up again: they are when the call is received, and that counts. */
const GOOD_FOR_MS = 10_000
const MAX_REMEMBERED = 1000

/** Whether a key is that of a webhook, before the body of its call is read. */
export function createVouching(): (
  path: Readonly<Record<string, string | undefined>>,
  db: Queryable,
) => Promise<boolean> {
  const good = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: GOOD_FOR_MS })
  return async ({ webhook_key: key = '' }, db) => {
    if (good.get(key) === true) return true
    if (!KEY.test(key) || !(await isKey(db, key))) return false
    good.set(key, true)
    return true
  }
}

async function isKey(db: Queryable, key: string): Promise<boolean> {
  return (await db.maybe(sql`select from trigger where webhook_key = ${key}`)) !== undefined
}
