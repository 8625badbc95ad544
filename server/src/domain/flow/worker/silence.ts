import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Worker } from './worker.ts'

export type SilentWorker = Pick<Worker, 'id' | 'name' | 'worker_role' | 'cordoned' | 'last_heartbeat'>

/** Workers without a heartbeat for `seconds` are inactive until they beat again. Answers them. */
export function deactivateSilent(db: Queryable, seconds: number): Promise<SilentWorker[]> {
  return db.many(sql`
    with silent as (
      select id from worker
      where status = 'active' and (last_heartbeat is null or last_heartbeat < now() - ${seconds} * interval '1 second')
      order by id
      for no key update)
    update worker w set status = 'inactive'
    from silent s where w.id = s.id
    returning w.id, w.name, w.worker_role, w.cordoned, w.last_heartbeat`)
}

/** Correlation ids of open alerts about workers that beat again, or that are gone for good. */
export async function alertedAndWell(db: Queryable, seconds: number): Promise<string[]> {
  const rows = await db.many<{ correlation_id: string }>(sql`
    select a.correlation_id
    from alert a left join worker w on w.id = a.component_id
    where a.cleared_at is null and a.category = 'worker_health'
      and (w.id is null or (w.status <> 'inactive' and w.last_heartbeat > now() - ${seconds} * interval '1 second'))`)
  return rows.map(({ correlation_id }) => correlation_id)
}
