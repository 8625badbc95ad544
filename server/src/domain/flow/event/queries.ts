import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { publish } from '../../../messages/publish.ts'
import { Problem } from '../../../problem.ts'
import type { RuleDecision } from '../../definition/matching/decision.ts'
import type { Event, NewEvent } from './event.ts'

/** A stored event, and whether it is new: a repeated dedupe key finds the first one. */
export type StoredEvent = { event: Event; created: boolean }

/**
 * Stores events under the ids reserved for them and says EventCreated for each, in one transaction with whatever
 * the caller does. An event whose dedupe key is known for its trigger is not stored again; the first one is answered.
 */
export async function create(
  tx: Transaction,
  list: readonly NewEvent[],
  ids: readonly Id<'event'>[],
): Promise<StoredEvent[]> {
  if (list.length === 0) return []
  const rows = list.map((event, index) => ({ ...event, ordinal: index, id: idAt(ids, index) }))
  const first = await reserveKeys(tx, rows)
  const fresh = rows.filter((row) => row.dedupe_key === null || first.get(keyOf(row)) === row.id)
  const inserted = new Map((await insert(tx, fresh)).map((event) => [event.id, event]))
  await publishCreated(tx, [...inserted.values()])
  const earlier = await findMany(
    tx,
    [...first.values()].filter((id) => !inserted.has(id)),
  )
  const known = new Map([...inserted, ...earlier.map((event) => [event.id, event] as const)])
  return rows.map((row) => {
    const event = known.get(row.dedupe_key === null ? row.id : (first.get(keyOf(row)) ?? row.id))
    if (event === undefined) throw forgotten(row.dedupe_key)
    return { event, created: event.id === row.id }
  })
}

/** Retention may remove an event before its key. */
function forgotten(dedupe_key: string | null): Problem {
  const message = `the event of the key '${dedupe_key}' was accepted earlier and has been removed since`
  return new Problem('CONFLICT', `dedupe_key: ${message}.`, [{ field: 'dedupe_key', message }])
}

type NumberedEvent = NewEvent & { id: Id<'event'> }

function idAt(ids: readonly Id<'event'>[], index: number): Id<'event'> {
  const id = ids[index]
  if (id === undefined) throw new Error('Fewer ids were reserved than there are events.')
  return id
}

/** An id for an event to be. One that is not used is lost, which nobody minds. */
export const nextEventId = sql`nextval('event_id_seq')`

/** Ids for events to be. */
export async function reserveIds(db: Queryable, count: number): Promise<Id<'event'>[]> {
  const rows = await db.many<{ id: Id<'event'> }>(
    sql`select ${nextEventId} as id from generate_series(1, ${count})`,
  )
  return rows.map(({ id }) => id)
}

const keyOf = (row: { trigger_ref: string; dedupe_key: string | null }) =>
  JSON.stringify([row.trigger_ref, row.dedupe_key])

/** Which event owns each dedupe key: the new one where the key is new, else the one that came first. */
async function reserveKeys(
  tx: Transaction,
  rows: readonly NumberedEvent[],
): Promise<Map<string, Id<'event'>>> {
  const keyed = rows.filter((row) => row.dedupe_key !== null)
  if (keyed.length === 0) return new Map()
  const wanted = json(keyed.map(({ trigger_ref, dedupe_key, id }) => ({ trigger_ref, dedupe_key, id })))
  await tx.run(sql`
    insert into event_dedupe (trigger_ref, dedupe_key, event)
    select trigger_ref, dedupe_key, id
    from json_to_recordset(${wanted}) as k (trigger_ref text, dedupe_key text, id bigint)
    order by trigger_ref, dedupe_key, id
    on conflict do nothing`)
  const owners = await tx.many<{ trigger_ref: string; dedupe_key: string; event: Id<'event'> }>(sql`
    select d.trigger_ref, d.dedupe_key, d.event
    from json_to_recordset(${wanted}) as k (trigger_ref text, dedupe_key text)
    join event_dedupe d using (trigger_ref, dedupe_key)`)
  return new Map(owners.map((owner) => [keyOf(owner), owner.event]))
}

async function insert(tx: Transaction, events: readonly NumberedEvent[]): Promise<Event[]> {
  if (events.length === 0) return []
  const rows = events.map((event) => ({ ...event, secrets: undefined, schedule: undefined }))
  return tx.many(sql`
    insert into event
      (id, trigger, trigger_ref, payload, config, source, source_ref, rule, rule_ref, correlation_id)
    select id, trigger, trigger_ref, nullif(payload, 'null'), nullif(config, 'null'), source, source_ref, rule, rule_ref, correlation_id
    from json_to_recordset(${json(rows)}) as e
      (id bigint, trigger bigint, trigger_ref text, payload jsonb, config jsonb, source bigint, source_ref text,
       rule bigint, rule_ref text, correlation_id uuid)
    returning *`)
}

type Told = Omit<Event, 'rule_ref'>

/** Says EventCreated. An event that has its decision already is left alone by whoever hears it. */
export function publishCreated(tx: Transaction, events: readonly Told[]): Promise<void> {
  return publish(
    tx,
    'EventCreated',
    events.map((event) => ({
      correlation_id: event.correlation_id,
      payload: {
        event_id: event.id,
        event_created: event.created,
        trigger_id: event.trigger,
        trigger_ref: event.trigger_ref,
        sensor_id: event.source,
        sensor_ref: event.source_ref,
        rule_id: event.rule,
        payload: event.payload ?? {},
        config: event.config,
      },
    })),
  )
}

/** Events by id where the partition is not known: one index probe per partition. */
async function findMany(tx: Queryable, ids: readonly Id<'event'>[]): Promise<Event[]> {
  return ids.length === 0 ? [] : tx.many(sql`select * from event where id = any(${ids})`)
}

/** Events of a batch. The bounds on `created` leave only the partitions of those days to be read. */
export function findBetween(
  tx: Queryable,
  ids: readonly Id<'event'>[],
  bounds: { from: string; to: string },
): Promise<Event[]> {
  return tx.many(sql`
    select * from event
    where id = any(${ids}) and created >= ${bounds.from} and created <= ${bounds.to}`)
}

type DecisionRecord = {
  event: Id<'event'>
  created: string
  decisions: RuleDecision[]
  decided_at: string
  /** Until the last of the deferred rules has its turn; null where none is. */
  deferred_ms?: number | null
}

/**
 * Records what was decided, and answers for which events that is news. An event that has its record already
 * was handled by an earlier delivery; whoever gets it must do nothing more.
 */
export async function recordDecisions(
  tx: Transaction,
  records: readonly DecisionRecord[],
): Promise<Set<Id<'event'>>> {
  const rows = await tx.many<{ event: Id<'event'> }>(sql`
    insert into event_decision (event, created, decisions, decided_at, deferred_until)
    select event, created, decisions, decided_at, now() + deferred_ms * interval '1 millisecond'
    from json_to_recordset(${json(records)}) as d
      (event bigint, created timestamptz, decisions jsonb, decided_at timestamptz, deferred_ms double precision)
    order by event
    on conflict do nothing
    returning event`)
  if (records.some(firesNothing)) await tx.mustLast()
  return new Set(rows.map((row) => row.event))
}

/** The record is the last word on such an event. */
function firesNothing({ decisions }: { decisions: readonly RuleDecision[] }): boolean {
  return !decisions.some(({ outcome }) => outcome === 'matched' || outcome === 'deferred')
}

/** Dedupe keys are kept for seven days. */
export function forgetDedupeKeys(tx: Transaction): Promise<number> {
  return tx.run(sql`delete from event_dedupe where created < now() - interval '7 days'`)
}
