import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import * as rows from '../form/rows.ts'
import { type Trigger, trigger } from './trigger.ts'

export function findByRef(db: Queryable, ref: string): Promise<Trigger | undefined> {
  return rows.findByRef(db, trigger, ref)
}

/** What a rule needs to know of the trigger that fires it. */
export type TriggerTarget = Pick<
  Trigger,
  'id' | 'ref' | 'pack_ref' | 'param_schema' | 'out_schema' | 'updated'
>

export function findTargets(db: Queryable, refs: readonly string[]): Promise<TriggerTarget[]> {
  if (refs.length === 0) return Promise.resolve([])
  return db.many(
    sql`select id, ref, pack_ref, param_schema, out_schema, updated from trigger where ref = any(${refs})`,
  )
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
