import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Sensor, SensorSummary } from './sensor.ts'

/** A sensor as a pack's file describes it, its runtime found. */
export type SensorContent = Omit<
  Sensor,
  'id' | 'pack' | 'pack_ref' | 'file_enabled' | 'is_adhoc' | 'created' | 'updated'
>

export type SensorFilter = {
  pack?: Id<'pack'>
  pack_ref?: string
  trigger_ref?: string
  enabled?: boolean
  /** Which sensors may be shown. */
  allowed: Sql
}

/** What grants are held against. These are grants on triggers, whose ids are no ids of sensors. */
export const columns = { ref: sql`s.ref`, pack_ref: sql`s.pack_ref` }

export function list(db: Queryable, filter: SensorFilter, page: { limit: number; offset: number }) {
  return selectPage<SensorSummary>(
    db,
    {
      columns: sql`
        id, ref, pack_ref, label, description, enabled, artifact_retention_policy, artifact_retention_limit,
        log_retention_policy, log_retention_limit, created, updated`,
      from: sql`sensor s`,
      where: whereOf(filter),
      order: sql`ref`,
    },
    page,
  )
}

function whereOf({ pack, pack_ref, trigger_ref, enabled, allowed }: SensorFilter) {
  return join(
    [
      allowed,
      ...(pack === undefined ? [] : [sql`pack = ${pack}`]),
      ...(pack_ref === undefined ? [] : [sql`pack = (select id from pack where ref = ${pack_ref})`]),
      ...(trigger_ref === undefined
        ? []
        : [sql`id = (select t.sensor from trigger t where t.ref = ${trigger_ref})`]),
      ...(enabled === undefined ? [] : [sql`enabled = ${enabled}`]),
    ],
    ' and ',
  )
}

export function findByRef(db: Queryable, ref: string, allowed: Sql = sql`true`): Promise<Sensor | undefined> {
  return db.maybe(sql`select s.* from sensor s where s.ref = ${ref} and ${allowed}`)
}

/** The sensor, held until the transaction ends: what is decided from it stays true. */
export function lockByRef(tx: Transaction, ref: string): Promise<Sensor | undefined> {
  return tx.maybe(sql`select * from sensor where ref = ${ref} for update`)
}

/** A sensor that somebody makes by hand. */
export function insert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  sensor: SensorContent,
): Promise<Sensor> {
  return tx.one(sql`
    insert into sensor
      (pack, pack_ref, is_adhoc, ref, label, description, entrypoint, runtime, runtime_ref, enabled, control,
       param_schema, config, runtime_version_constraint, worker_selector, worker_tolerations, worker_affinity,
       log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit)
    select ${pack.id}, ${pack.ref}, true, ref, label, description, entrypoint, runtime, runtime_ref, enabled, control,
      nullif(param_schema, 'null'), config, runtime_version_constraint, worker_selector, worker_tolerations,
      worker_affinity, log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit
    from json_populate_record(null::sensor, ${json(sensor)})
    returning *`)
}

/** What of a sensor may be changed: not its runtime, and not its configuration, which may hold secrets. */
type Changeable = Omit<
  SensorContent,
  'ref' | 'runtime' | 'runtime_ref' | 'control' | 'config' | 'runtime_version_constraint'
>

export function update(tx: Transaction, id: Id<'sensor'>, sensor: Changeable): Promise<Sensor> {
  return tx.one(sql`
    update sensor set
      (label, description, entrypoint, enabled, param_schema, worker_selector, worker_tolerations, worker_affinity,
       log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit) = (
      select label, description, entrypoint, enabled, nullif(param_schema, 'null'), worker_selector, worker_tolerations,
        worker_affinity, log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit
      from json_populate_record(null::sensor, ${json(sensor)}))
    where id = ${id}
    returning *`)
}

export function setEnabled(tx: Transaction, id: Id<'sensor'>, enabled: boolean): Promise<Sensor> {
  return tx.one(sql`update sensor set enabled = ${enabled} where id = ${id} returning *`)
}

export function remove(tx: Transaction, id: Id<'sensor'>): Promise<number> {
  return tx.run(sql`delete from sensor where id = ${id}`)
}

/**
 * Writes the sensors of a pack in place. Whether one is enabled follows the file until a person decides
 * otherwise. One of another pack is left alone; the refs that are this pack's now are answered.
 */
export function upsert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly SensorContent[],
): Promise<{ id: Id<'sensor'>; ref: string }[]> {
  return tx.many(sql`
    insert into sensor as s
      (pack, pack_ref, is_adhoc, ref, label, description, entrypoint, runtime, runtime_ref, enabled, file_enabled,
       control, param_schema, config, runtime_version_constraint, worker_selector, worker_tolerations, worker_affinity,
       log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit)
    select ${pack.id}, ${pack.ref}, false, ref, label, description, entrypoint, runtime, runtime_ref, enabled, enabled,
      control, nullif(param_schema, 'null'), config, runtime_version_constraint, worker_selector, worker_tolerations,
      worker_affinity, log_retention_policy, log_retention_limit, artifact_retention_policy, artifact_retention_limit
    from json_populate_recordset(null::sensor, ${json(list)})
    on conflict (ref) do update set
      pack = excluded.pack, pack_ref = excluded.pack_ref, is_adhoc = false, label = excluded.label,
      description = excluded.description, entrypoint = excluded.entrypoint, runtime = excluded.runtime,
      runtime_ref = excluded.runtime_ref, file_enabled = excluded.file_enabled,
      enabled = case when s.enabled = s.file_enabled then excluded.enabled else s.enabled end,
      control = excluded.control, param_schema = excluded.param_schema, config = excluded.config,
      runtime_version_constraint = excluded.runtime_version_constraint, worker_selector = excluded.worker_selector,
      worker_tolerations = excluded.worker_tolerations, worker_affinity = excluded.worker_affinity,
      log_retention_policy = excluded.log_retention_policy, log_retention_limit = excluded.log_retention_limit,
      artifact_retention_policy = excluded.artifact_retention_policy,
      artifact_retention_limit = excluded.artifact_retention_limit
    where s.pack is null or s.pack = excluded.pack
    returning id, ref`)
}

/** Removes the sensors of a pack that its files no longer describe. What people made stays. */
export function removeVanished(
  tx: Transaction,
  pack: Id<'pack'>,
  described: readonly string[],
): Promise<number> {
  return tx.run(sql`delete from sensor where pack = ${pack} and not is_adhoc and ref <> all(${described})`)
}
