import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import type { WorkerCandidate } from '../execution/worker-profile.ts'
import type { Worker } from './worker.ts'

export type WorkerRegistration = {
  name: string
  worker_type: Worker['worker_type']
  worker_role: Worker['worker_role']
  host: string
  /** The process that takes the name over. */
  instance: string
  capabilities: JsonObject
  /** Says which process that is, to others on its machine. */
  meta: JsonObject
}

/** Puts a worker on the list, or takes its name over: the row, its id and its cordon stay. */
export function register(db: Queryable, worker: WorkerRegistration): Promise<Worker> {
  return db.one(sql`
    insert into worker (name, worker_type, worker_role, host, instance, capabilities, meta, status, last_heartbeat)
    values (${worker.name}, ${worker.worker_type}, ${worker.worker_role}, ${worker.host}, ${worker.instance},
      ${json(worker.capabilities)}, ${json(worker.meta)}, 'active', now())
    on conflict (name) do update
    set worker_type = excluded.worker_type, host = excluded.host, instance = excluded.instance, meta = excluded.meta,
      capabilities = excluded.capabilities, status = 'active', last_heartbeat = now()
    returning *`)
}

/** The same for a name that is nobody's, or still that of the instance that was seen. Undefined when somebody was faster. */
export function registerAfter(
  db: Queryable,
  worker: WorkerRegistration,
  seen: string | null,
): Promise<Worker | undefined> {
  return db.maybe(sql`
    insert into worker (name, worker_type, worker_role, host, instance, capabilities, meta, status, last_heartbeat)
    values (${worker.name}, ${worker.worker_type}, ${worker.worker_role}, ${worker.host}, ${worker.instance},
      ${json(worker.capabilities)}, ${json(worker.meta)}, 'active', now())
    on conflict (name) do update
    set worker_type = excluded.worker_type, host = excluded.host, instance = excluded.instance, meta = excluded.meta,
      capabilities = excluded.capabilities, status = 'active', last_heartbeat = now()
    where worker.instance is not distinct from ${seen}::uuid and worker.worker_role = excluded.worker_role
    returning *`)
}

export type NamedWorker = Pick<Worker, 'worker_role' | 'host' | 'status' | 'instance' | 'meta'> & {
  heartbeat_age_seconds: number | null
}

export function findNamed(db: Queryable, name: string): Promise<NamedWorker | undefined> {
  return db.maybe(sql`
    select worker_role, host, status, instance, meta,
      extract(epoch from now() - last_heartbeat)::float8 as heartbeat_age_seconds
    from worker where name = ${name}`)
}

/** Says that the worker lives. False when another process has taken its name over: this one must stop. */
export async function heartbeat(
  db: Queryable,
  worker: Id<'worker'>,
  instance: string,
  health: JsonObject,
): Promise<boolean> {
  const beaten = await db.run(sql`
    update worker
    set last_heartbeat = now(), status = case when status = 'inactive' then 'active' else status end,
      capabilities = coalesce(capabilities, '{}') || jsonb_build_object('health', ${json(health)}::jsonb)
    where id = ${worker} and instance = ${instance}`)
  return beaten > 0
}

export function setCapabilities(
  db: Queryable,
  worker: Id<'worker'>,
  capabilities: JsonObject,
): Promise<number> {
  return db.run(sql`update worker set capabilities = ${json(capabilities)} where id = ${worker}`)
}

/** No more work for it, and a heartbeat does not change that; what it holds is its own to end. */
export function deactivate(db: Queryable, worker: Id<'worker'>, instance: string): Promise<number> {
  return db.run(sql`update worker set status = 'inactive' where id = ${worker} and instance = ${instance}`)
}

/** Takes a worker off the list of those that get new work; what it has it keeps. Cordoned again, the reason is new. */
export function cordon(
  tx: Transaction,
  id: Id<'worker'>,
  { by, reason }: { by: Id<'identity'>; reason: string | null },
): Promise<Worker | undefined> {
  return tx.maybe(sql`
    update worker set cordoned = true, cordon_reason = ${reason}, cordoned_by = ${by}, cordoned_at = now()
    where id = ${id}
    returning *`)
}

export function uncordon(tx: Transaction, id: Id<'worker'>): Promise<Worker | undefined> {
  return tx.maybe(sql`
    update worker set cordoned = false, cordon_reason = null, cordoned_by = null, cordoned_at = null
    where id = ${id}
    returning *`)
}

/** How many workers there are of each kind and status. */
export function countByStatus(
  db: Queryable,
): Promise<(Pick<Worker, 'worker_role' | 'status'> & { count: number })[]> {
  return db.many(sql`
    select worker_role, status, count(*)::int as count
    from worker
    group by worker_role, status`)
}

/**
 * Every action worker with its load. The load is counted up to 200 per worker through execution_worker_live:
 * beyond that a worker is full by any measure, and a long queue must not make placement slow.
 */
export function candidates(db: Queryable): Promise<WorkerCandidate[]> {
  return db.many(sql`
    select w.id, w.name, w.status, w.cordoned, w.cordon_reason, w.capabilities,
      extract(epoch from now() - w.last_heartbeat)::float8 as heartbeat_age_seconds,
      (select count(*)::int from
        (select from execution e where e.worker = w.id and e.live limit 200) as held) as load
    from worker w
    where w.worker_role = 'action'
    order by w.name`)
}

/** The versions of each runtime that the live workers have found on their machines. */
export async function offeredVersions(db: Queryable): Promise<Map<string, string[]>> {
  const rows = await db.many<{ name: string; versions: string[] }>(sql`
    select v.key as name, array_agg(distinct version) as versions
    from worker w,
      jsonb_each(case jsonb_typeof(w.capabilities -> 'runtime_versions')
        when 'object' then w.capabilities -> 'runtime_versions' else '{}' end) v,
      jsonb_array_elements_text(case jsonb_typeof(v.value) when 'array' then v.value else '[]' end) version
    where w.worker_role = 'action' and w.status = 'active'
    group by v.key`)
  return new Map(rows.map(({ name, versions }) => [name, versions]))
}
