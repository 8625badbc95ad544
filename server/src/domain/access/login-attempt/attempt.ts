import type { Database, Queryable } from '../../../database/database.ts'
import { Problem } from '../../../problem.ts'
import { type Keys, keysOf, type Limit, type LimitName, limits, type LoginSource } from './limit.ts'
import * as attempts from './queries.ts'

/** An attempt that may be examined. It counts as failed until it is said to have succeeded. */
export type LoginAttempt = { succeeded(db: Queryable): Promise<void> }

/**
 * Lets an attempt to log in through, or refuses it with the time to wait. Counted before the credential is looked at,
 * so that many attempts at once are as slow as one after the other; every process of the API counts together.
 */
export async function begin(database: Database, trier: LoginSource): Promise<LoginAttempt> {
  const keys = keysOf(trier)
  const counted = await database.transaction(async (tx) => {
    const names = await limitsFor(tx, trier, keys)
    for (const name of names) await count(tx, keys[name], limits[name])
    await attempts.clearSome(tx)
    return names
  })
  return {
    async succeeded(db) {
      for (const name of counted) {
        if (name === 'login_at_address') await attempts.empty(db, keys[name])
        else await attempts.giveBack(db, keys[name], limits[name])
      }
      await attempts.keepOwnAddress(db, keys.own_address)
    },
  }
}

/**
 * In the order in which every attempt locks them: two that wait for each other would end both. What is no login but
 * a long random secret cannot be guessed; there one address is kept from filling the audit, and no one else's way in.
 */
async function limitsFor(
  db: Queryable,
  { provider }: LoginSource,
  keys: Keys,
): Promise<readonly LimitName[]> {
  if (provider === 'token') return ['address']
  const own = await attempts.isOwnAddress(db, keys.own_address)
  return own ? ['login_at_address', 'address'] : ['login_at_address', 'login', 'address']
}

async function count(db: Queryable, key: Buffer, limit: Limit): Promise<void> {
  if (await attempts.take(db, key, limit)) return
  const retry_after_seconds = await attempts.secondsToRoom(db, key, limit)
  throw new Problem(
    'TOO_MANY_REQUESTS',
    `Too many failed logins; try again in ${retry_after_seconds} s.`,
    [],
    { retry_after_seconds },
  )
}
