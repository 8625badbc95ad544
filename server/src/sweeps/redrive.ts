import type { Queryable, Transaction } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/*
 * What was said again, so that it is said once per wait however many sweeps look, and more and more rarely: 1, 2, 4 …
 * up to 64 times the deadline.
 */

type RedriveKind = 'event' | 'deferred' | 'enforcement' | 'execution' | 'dispatch' | 'completion'

/** Claims rows for being said again; those that another sweep claimed a short while ago are not answered. */
export async function claimRedrives<Row extends { id: number }>(
  tx: Transaction,
  kind: RedriveKind,
  rows: readonly Row[],
  seconds: number,
): Promise<Row[]> {
  if (rows.length === 0) return []
  const claimed = await tx.many<{ subject: number }>(sql`
    insert into redrive (kind, subject, times, due_at)
    select ${kind}::text, id, 1, now() + ${seconds} * interval '1 second'
    from unnest(${rows.map(({ id }) => id)}::bigint[]) as id
    order by id
    on conflict (kind, subject) do update
    set times = redrive.times + 1,
      due_at = now() + ${seconds} * power(2, least(redrive.times, 6)) * interval '1 second'
    where redrive.due_at <= now()
    returning subject`)
  const ids = new Set(claimed.map(({ subject }) => subject))
  return rows.filter(({ id }) => ids.has(id))
}

/** Keeps rows in mind that must be said again soon. */
export function remember(tx: Transaction, kind: RedriveKind, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return Promise.resolve(0)
  return tx.run(sql`
    insert into redrive (kind, subject, due_at)
    select ${kind}::text, id, now() from unnest(${ids}::bigint[]) as id
    order by id
    on conflict do nothing`)
}

/** The next rows in mind, locked: another sweep takes others. */
export async function nextRemembered<Id extends number>(
  tx: Transaction,
  kind: RedriveKind,
  limit: number,
): Promise<Id[]> {
  const rows = await tx.many<{ subject: Id }>(sql`
    select subject from redrive
    where kind = ${kind} and due_at <= now()
    order by due_at
    limit ${limit}
    for update skip locked`)
  return rows.map(({ subject }) => subject)
}

/** They went on. */
export function forget(tx: Transaction, kind: RedriveKind, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return Promise.resolve(0)
  return tx.run(sql`delete from redrive where kind = ${kind} and subject = any(${ids})`)
}

/** Claims that nobody has renewed for a day: their rows went on. Events stay until they are seen decided. */
export function forgetOld(db: Queryable): Promise<number> {
  return db.run(sql`
    with old as (
      select kind, subject from redrive
      where kind <> 'event' and due_at < now() - interval '1 day'
      order by kind, subject
      for update skip locked)
    delete from redrive r using old o where r.kind = o.kind and r.subject = o.subject`)
}

type SweepMark<Id extends number> = { event: Id; created: string }

/** How far a walk has come, locked: two sweeps do not walk the same way. Undefined while another one walks. */
export function markOf<Id extends number>(tx: Transaction, name: string): Promise<SweepMark<Id> | undefined> {
  return tx.maybe(sql`select event, created from sweep_mark where name = ${name} for update skip locked`)
}

export function setMark(tx: Transaction, name: string, mark: SweepMark<number>): Promise<number> {
  return tx.run(
    sql`update sweep_mark set event = ${mark.event}, created = ${mark.created} where name = ${name}`,
  )
}
