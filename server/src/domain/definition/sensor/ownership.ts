import type { Database, Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { publish } from '../../../messages/publish.ts'

/** A host that runs sensors: the process, and the name that it has. */
export type SensorOwner = {
  worker: Id<'worker'>
  worker_name: string
  instance: string
  lease_seconds: number
}

/** Which owner of a sensor: what an earlier one does counts no more. */
export type OwnedSensor = { sensor: Id<'sensor'>; generation: number }

export type Ownership =
  | { held: true; generation: number; taken_from: string | null }
  /** Until when the lease of another host lasts at most; null where this one may not take it. */
  | { held: false; free_in_ms: number | null }

/**
 * Makes this host the owner of a sensor, or keeps it so: N hosts must not run N copies, each of which would emit every
 * event. Not while the lease of another lasts, unless that one had the name that is ours now: it has lost its sensors
 * with it. A cordoned host keeps what it has and takes nothing new.
 */
export function own(
  database: Database,
  sensor: { id: Id<'sensor'>; ref: string },
  owner: SensorOwner,
): Promise<Ownership> {
  return database.transaction(async (tx) => {
    const taken = await take(tx, sensor.id, owner)
    if (taken === undefined) return { held: false, free_in_ms: await freeIn(tx, sensor.id) }
    await noteProcess(tx, sensor, owner)
    return { held: true, ...taken }
  })
}

/** One row by its key: of two that ask at the same moment one waits and then sees the other. */
function take(
  tx: Transaction,
  sensor: Id<'sensor'>,
  { worker, worker_name, instance, lease_seconds }: SensorOwner,
): Promise<{ generation: number; taken_from: string | null } | undefined> {
  return tx.maybe(sql`
    with before as (
      select worker_name, lease_expires_at from sensor_owner where sensor = ${sensor} and instance <> ${instance})
    insert into sensor_owner as o (sensor, worker, worker_name, instance, lease_expires_at)
    select ${sensor}, w.id, ${worker_name}, ${instance}, now() + ${lease_seconds} * interval '1 second'
    from worker w
    where w.id = ${worker} and w.instance = ${instance} and (not w.cordoned or exists (
      select from sensor_owner h
      where h.sensor = ${sensor} and h.worker = ${worker} and h.lease_expires_at > now()))
    on conflict (sensor) do update
    set worker = excluded.worker, worker_name = excluded.worker_name, instance = excluded.instance,
      generation = o.generation + (o.instance <> excluded.instance)::int,
      taken_at = case when o.instance <> excluded.instance then now() else o.taken_at end,
      lease_expires_at = excluded.lease_expires_at
    where o.instance = excluded.instance or o.worker = excluded.worker or o.lease_expires_at is null
      or o.lease_expires_at < now()
    returning o.generation::float8 as generation,
      (select worker_name from before where lease_expires_at is not null) as taken_from`)
}

async function freeIn(tx: Queryable, sensor: Id<'sensor'>): Promise<number | null> {
  const row = await tx.maybe<{ free_in_ms: number | null }>(sql`
    select greatest(0, extract(epoch from lease_expires_at - now()) * 1000)::float8 as free_in_ms
    from sensor_owner where sensor = ${sensor}`)
  return row?.free_in_ms ?? null
}

/** The row that tells people of the process on this host. */
function noteProcess(
  tx: Transaction,
  sensor: { id: Id<'sensor'>; ref: string },
  { worker, worker_name, instance, lease_seconds }: SensorOwner,
): Promise<number> {
  return tx.run(sql`
    insert into sensor_process (sensor, sensor_ref, worker, worker_name, instance, lease_expires_at)
    values (${sensor.id}, ${sensor.ref}, ${worker}, ${worker_name}, ${instance},
      now() + ${lease_seconds} * interval '1 second')
    on conflict (sensor, worker) do update
    set lease_expires_at = excluded.lease_expires_at, instance = excluded.instance, worker_name = excluded.worker_name`)
}

/** Keeps what this process has for longer. Answers what that is: the rest belongs to others, or to nobody. */
export async function renewOwned(
  db: Queryable,
  { worker, instance, lease_seconds }: SensorOwner,
  sensors: readonly Id<'sensor'>[],
): Promise<OwnedSensor[]> {
  if (sensors.length === 0) return []
  return db.many(sql`
    with held as (
      select o.sensor from sensor_owner o join worker w on w.id = o.worker
      where o.sensor = any(${sensors}) and o.worker = ${worker} and o.instance = ${instance} and w.instance = ${instance}
      order by o.sensor
      for no key update of o),
    listed as (
      select p.id from sensor_process p join held h on h.sensor = p.sensor
      where p.worker = ${worker}
      order by p.id
      for no key update of p),
    told as (
      update sensor_process p set lease_expires_at = now() + ${lease_seconds} * interval '1 second'
      from listed l where p.id = l.id)
    update sensor_owner o set lease_expires_at = now() + ${lease_seconds} * interval '1 second'
    from held h where o.sensor = h.sensor
    returning o.sensor, o.generation::float8 as generation`)
}

/** Gives a sensor back, and tells the other hosts: the first of them has it. */
export async function giveBack(
  tx: Transaction,
  sensor: { id: Id<'sensor'>; ref: string },
  { instance }: SensorOwner,
): Promise<void> {
  const given = await tx.run(sql`
    update sensor_owner set lease_expires_at = null where sensor = ${sensor.id} and instance = ${instance}`)
  if (given === 0) return
  const payload = { sensor_id: sensor.id, sensor_ref: sensor.ref }
  await publish(tx, 'SensorChanged', [{ payload, correlation_id: null }])
}
