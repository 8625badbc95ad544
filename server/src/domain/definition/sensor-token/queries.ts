import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { heldGrants } from '../../access/identity/queries.ts'
import type { SensorBearer, SensorToken, SensorTokenDetail } from './sensor-token.ts'

export type NewSensorToken = Pick<
  SensorToken,
  'sensor' | 'made_by' | 'worker' | 'requested_by' | 'trigger_types' | 'ttl_seconds' | 'generation'
>

export function insert(tx: Transaction, token: NewSensorToken): Promise<SensorToken> {
  return tx.one(sql`
    insert into sensor_token (sensor, made_by, worker, requested_by, trigger_types, ttl_seconds, generation, expires_at)
    values (${token.sensor}, ${token.made_by}, ${token.worker}, ${token.requested_by},
      ${token.trigger_types}::text[], ${token.ttl_seconds}, ${token.generation}, now() + make_interval(secs => ${token.ttl_seconds}))
    returning *`)
}

/** The sensor and the requester of a token in one look-up, by primary keys. */
export function findBearer(
  db: Queryable,
  { id, sensor }: { id: Id<'sensor_token'>; sensor: Id<'sensor'> },
): Promise<SensorBearer | undefined> {
  return db.maybe(sql`
    select k.id as token, k.made_by, s.ref as sensor_ref, s.pack_ref, s.enabled,
      exists (select from identity a where a.login = 'sensor:' || s.ref and a.frozen) as frozen,
      k.generation::float8 as generation, o.generation::float8 as owner_generation,
      array(select t.ref from trigger t
        where t.sensor = s.id and (k.trigger_types is null or t.ref = any(k.trigger_types))
        order by t.ref) as trigger_types,
      case when i.id is not null then jsonb_build_object('id', i.id, 'login', i.login, 'frozen', i.frozen,
        'attributes', i.attributes, 'grants', ${heldGrants}) end as requester
    from sensor_token k
    join sensor s on s.id = k.sensor
    left join sensor_owner o on o.sensor = k.sensor
    left join identity i on i.id = k.requested_by
    where k.id = ${id} and k.sensor = ${sensor} and k.expires_at > now()`)
}

/** Valid from now on as long as at first. */
export function renew(tx: Transaction, id: Id<'sensor_token'>): Promise<SensorToken | undefined> {
  return tx.maybe(sql`
    update sensor_token
    set renewed_at = now(), expires_at = now() + make_interval(secs => ttl_seconds)
    where id = ${id}
    returning *`)
}

export type HostToken = { sensor: Id<'sensor'>; worker: Id<'worker'>; generation: number }

/** The same for the token of the process that a host runs. */
export function renewOfHost(
  tx: Transaction,
  { sensor, worker, generation }: HostToken,
): Promise<SensorToken | undefined> {
  return tx.maybe(sql`
    update sensor_token
    set renewed_at = now(), expires_at = now() + make_interval(secs => ttl_seconds)
    where sensor = ${sensor} and worker = ${worker} and generation = ${generation} and made_by = 'host'
    returning *`)
}

/** The process that had the token is gone. What a later owner of the same name has is not touched. */
export function removeOfHost(db: Queryable, { sensor, worker, generation }: HostToken): Promise<number> {
  return db.run(sql`
    delete from sensor_token
    where sensor = ${sensor} and worker = ${worker} and made_by = 'host'
      and coalesce(generation, 0) <= ${generation}`)
}

export function list(db: Queryable, sensor: Id<'sensor'>, page: { limit: number; offset: number }) {
  return selectPage<SensorTokenDetail>(
    db,
    {
      columns: sql`
        k.id, s.ref as sensor_ref, k.made_by, w.name as worker_name, k.requested_by, i.login as requested_by_login,
        k.trigger_types, k.created, k.renewed_at, k.expires_at`,
      from: sql`sensor_token k join sensor s on s.id = k.sensor
        left join worker w on w.id = k.worker
        left join identity i on i.id = k.requested_by`,
      where: sql`k.sensor = ${sensor} and k.expires_at > now()`,
      order: sql`k.created desc, k.id desc`,
    },
    page,
  )
}

export function remove(
  tx: Transaction,
  { id, sensor }: { id: Id<'sensor_token'>; sensor: Id<'sensor'> },
): Promise<SensorToken | undefined> {
  return tx.maybe(sql`delete from sensor_token where id = ${id} and sensor = ${sensor} returning *`)
}

/** What an account asked for ends with its right to be let in. */
export function removeRequestedBy(tx: Transaction, identity: Id<'identity'>): Promise<number> {
  return tx.run(sql`delete from sensor_token where requested_by = ${identity}`)
}

export function forgetExpired(db: Queryable): Promise<number> {
  return db.run(sql`delete from sensor_token where expires_at < now()`)
}
