import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Trigger, TriggerSummary } from './trigger.ts'

/** A trigger as a pack's file describes it. */
export type TriggerContent = Pick<
  Trigger,
  'ref' | 'label' | 'description' | 'enabled' | 'param_schema' | 'out_schema'
>

export type TriggerFilter = {
  pack?: Id<'pack'>
  pack_ref?: string
  enabled?: boolean
  /** Which triggers may be shown. */
  allowed: Sql
}

/** What grants are held against. */
export const columns = { id: sql`t.id`, ref: sql`t.ref`, pack_ref: sql`t.pack_ref` }

export function list(db: Queryable, filter: TriggerFilter, page: { limit: number; offset: number }) {
  return selectPage<TriggerSummary>(
    db,
    {
      columns: sql`id, ref, pack_ref, label, description, enabled, webhook_enabled, sensor_ref, created, updated`,
      from: sql`trigger t`,
      where: whereOf(filter),
      order: sql`ref`,
    },
    page,
  )
}

function whereOf({ pack, pack_ref, enabled, allowed }: TriggerFilter) {
  return join(
    [
      allowed,
      ...(pack === undefined ? [] : [sql`pack = ${pack}`]),
      ...(pack_ref === undefined ? [] : [sql`pack = (select id from pack where ref = ${pack_ref})`]),
      ...(enabled === undefined ? [] : [sql`enabled = ${enabled}`]),
    ],
    ' and ',
  )
}

export function findByRef(
  db: Queryable,
  ref: string,
  allowed: Sql = sql`true`,
): Promise<Trigger | undefined> {
  return db.maybe(sql`select t.* from trigger t where t.ref = ${ref} and ${allowed}`)
}

/** The trigger, held until the transaction ends: what is decided from it stays true. */
export function lockByRef(tx: Transaction, ref: string): Promise<Trigger | undefined> {
  return tx.maybe(sql`select * from trigger where ref = ${ref} for update`)
}

type Written = Omit<TriggerContent, 'ref'>

/** A trigger that somebody makes by hand. */
export function insert(
  tx: Transaction,
  trigger: TriggerContent & Pick<Trigger, 'pack' | 'pack_ref'>,
): Promise<Trigger> {
  return tx.one(sql`
    insert into trigger (pack, pack_ref, is_adhoc, ref, label, description, enabled, param_schema, out_schema)
    values (${trigger.pack}, ${trigger.pack_ref}, true, ${trigger.ref}, ${trigger.label}, ${trigger.description},
      ${trigger.enabled}, nullif(${json(trigger.param_schema)}::jsonb, 'null'),
      nullif(${json(trigger.out_schema)}::jsonb, 'null'))
    returning *`)
}

export function update(tx: Transaction, id: Id<'trigger'>, trigger: Written): Promise<Trigger> {
  return tx.one(sql`
    update trigger set
      label = ${trigger.label}, description = ${trigger.description}, enabled = ${trigger.enabled},
      param_schema = nullif(${json(trigger.param_schema)}::jsonb, 'null'),
      out_schema = nullif(${json(trigger.out_schema)}::jsonb, 'null')
    where id = ${id}
    returning *`)
}

export function remove(tx: Transaction, id: Id<'trigger'>): Promise<number> {
  return tx.run(sql`delete from trigger where id = ${id}`)
}

export function setEnabled(tx: Transaction, id: Id<'trigger'>, enabled: boolean): Promise<Trigger> {
  return tx.one(sql`update trigger set enabled = ${enabled} where id = ${id} returning *`)
}

/** What a rule needs to know of the trigger that fires it. */
export type TriggerTarget = Pick<Trigger, 'id' | 'ref' | 'pack_ref' | 'param_schema' | 'updated'>

export function findTargets(db: Queryable, refs: readonly string[]): Promise<TriggerTarget[]> {
  if (refs.length === 0) return Promise.resolve([])
  return db.many(sql`select id, ref, pack_ref, param_schema, updated from trigger where ref = any(${refs})`)
}

/**
 * Writes the triggers of a pack in place; what a file no longer says is cleared, webhook settings stay. Whether
 * one is enabled follows the file until a person decides otherwise. One of another pack is left alone; the refs
 * that are this pack's now are answered.
 */
export function upsert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly TriggerContent[],
): Promise<{ id: Id<'trigger'>; ref: string }[]> {
  return tx.many(sql`
    insert into trigger as t
      (pack, pack_ref, is_adhoc, ref, label, description, enabled, file_enabled, param_schema, out_schema)
    select ${pack.id}, ${pack.ref}, false, ref, label, description, enabled, enabled, nullif(param_schema, 'null'),
      nullif(out_schema, 'null')
    from json_to_recordset(${json(list)}) as d
      (ref text, label text, description text, enabled boolean, param_schema jsonb, out_schema jsonb)
    on conflict (ref) do update set
      pack = excluded.pack, pack_ref = excluded.pack_ref, is_adhoc = false, label = excluded.label,
      description = excluded.description, file_enabled = excluded.file_enabled,
      enabled = case when t.enabled = t.file_enabled then excluded.enabled else t.enabled end,
      param_schema = excluded.param_schema, out_schema = excluded.out_schema
    where t.pack is null or t.pack = excluded.pack
    returning id, ref`)
}

/** What a sensor serves. */
export async function triggersOfSensor(db: Queryable, sensor: Id<'sensor'>): Promise<string[]> {
  const served = await db.many<{ ref: string }>(
    sql`select ref from trigger where sensor = ${sensor} order by ref`,
  )
  return served.map(({ ref }) => ref)
}

/** Gives a trigger to the sensor that serves it. */
export function serve(
  tx: Transaction,
  id: Id<'trigger'>,
  sensor: { id: Id<'sensor'>; ref: string },
): Promise<number> {
  return tx.run(sql`update trigger set sensor = ${sensor.id}, sensor_ref = ${sensor.ref} where id = ${id}`)
}

/** Gives triggers to the sensors of a pack that serve them, and takes away what these serve no longer. */
export function serveBy(
  tx: Transaction,
  pack: Id<'pack'>,
  links: readonly { trigger_ref: string; sensor: Id<'sensor'>; sensor_ref: string }[],
): Promise<number> {
  return tx.run(sql`
    update trigger t set sensor = w.sensor, sensor_ref = w.sensor_ref
    from (
      select t.id, d.sensor, d.sensor_ref
      from trigger t
      left join json_to_recordset(${json(links)}) as d (trigger_ref text, sensor bigint, sensor_ref text)
        on d.trigger_ref = t.ref
      where d.sensor is not null or t.sensor in (select s.id from sensor s where s.pack = ${pack} and not s.is_adhoc)
    ) w
    where w.id = t.id and (t.sensor, t.sensor_ref) is distinct from (w.sensor, w.sensor_ref)`)
}

/** Removes the triggers of a pack that its files no longer describe. What people made stays. */
export function removeVanished(
  tx: Transaction,
  pack: Id<'pack'>,
  described: readonly string[],
): Promise<number> {
  return tx.run(sql`delete from trigger where pack = ${pack} and not is_adhoc and ref <> all(${described})`)
}

/** The ref of every trigger, for whoever looks for the one that was meant. */
export async function allRefs(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ ref: string }>(sql`select ref from trigger order by ref limit 10000`)
  return rows.map(({ ref }) => ref)
}
