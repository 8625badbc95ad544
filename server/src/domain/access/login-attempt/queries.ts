import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import { type Limit, OWN_ADDRESS_DAYS } from './limit.ts'

/**
 * Counts a failure against a limit that has room for it, in one statement: of attempts at the same time no more get
 * through than there is room. What finds no room is not counted, so that trying on keeps nothing closed.
 */
export async function take(db: Queryable, key: Buffer, { burst, interval_seconds }: Limit): Promise<boolean> {
  const taken = await db.run(sql`
    insert into login_attempt as a (key, until)
    values (${key}, now() + make_interval(secs => ${interval_seconds}))
    on conflict (key) do update
    set until = greatest(a.until, now()) + make_interval(secs => ${interval_seconds})
    where a.until <= now() + make_interval(secs => ${(burst - 1) * interval_seconds})`)
  return taken > 0
}

/** Seconds until a limit has room again. */
export async function secondsToRoom(
  db: Queryable,
  key: Buffer,
  { burst, interval_seconds }: Limit,
): Promise<number> {
  const found = await db.maybe<{ seconds: number }>(sql`
    select ceil(extract(epoch from until - now()))::integer - ${(burst - 1) * interval_seconds}::integer as seconds
    from login_attempt where key = ${key}`)
  return Math.max(found?.seconds ?? 1, 1)
}

/** Takes a count back: it was no failure. */
export function giveBack(db: Queryable, key: Buffer, { interval_seconds }: Limit): Promise<number> {
  return db.run(sql`
    update login_attempt set until = until - make_interval(secs => ${interval_seconds}) where key = ${key}`)
}

export function empty(db: Queryable, key: Buffer): Promise<number> {
  return db.run(sql`delete from login_attempt where key = ${key}`)
}

export async function isOwnAddress(db: Queryable, key: Buffer): Promise<boolean> {
  const found = await db.maybe(sql`select from login_attempt where key = ${key} and until > now()`)
  return found !== undefined
}

export function keepOwnAddress(db: Queryable, key: Buffer): Promise<number> {
  return db.run(sql`
    insert into login_attempt (key, until) values (${key}, now() + make_interval(days => ${OWN_ADDRESS_DAYS}))
    on conflict (key) do update set until = excluded.until`)
}

/** A few of the rows that say nothing any more: each attempt clears away more than it leaves. */
export function clearSome(db: Queryable): Promise<number> {
  return db.run(sql`
    delete from login_attempt where key in (
      select key from login_attempt where until < now() order by until limit 8 for update skip locked)`)
}
