import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'

/** One rule that a sensor works for. */
export type WatchedRule = {
  id: Id<'rule'>
  ref: string
  trigger_ref: string
  config: Json
  /** Where its grid begins, and how far that has come. */
  schedule: { anchor: string; last_at: string | null; fired: number }
}

/** A sensor that should run, with all that its process needs. */
export type ActiveSensor = {
  id: Id<'sensor'>
  ref: string
  pack: Id<'pack'> | null
  pack_ref: string | null
  pack_path: string | null
  /** Changes when the pack is registered anew or configured. */
  pack_updated: string | null
  entrypoint: string
  control: 'stdin' | 'restart'
  config: Json
  runtime: Id<'runtime'>
  runtime_ref: string
  runtime_name: string
  runtime_updated: string
  execution_config: Json
  worker_selector: Json
  worker_tolerations: Json
  worker_affinity: Json
  /** Changes when the definition does: the process is started anew then. */
  revision: string
  rules: WatchedRule[]
}

/** Enabled sensors with at least one enabled rule of an enabled trigger. */
export function findActive(db: Queryable): Promise<ActiveSensor[]> {
  return db.many(sql`
    select s.id, s.ref, s.pack, s.pack_ref, p.storage_path as pack_path, p.updated as pack_updated, s.entrypoint, s.control, s.config,
      s.runtime, rt.ref as runtime_ref, rt.name as runtime_name, rt.updated as runtime_updated, rt.execution_config, s.worker_selector, s.worker_tolerations, s.worker_affinity,
      concat(s.updated, ' ', rt.updated, ' ', p.checksum) as revision,
      jsonb_agg(jsonb_build_object('id', r.id, 'ref', r.ref, 'trigger_ref', r.trigger_ref,
        'config', coalesce(r.trigger_params, '{}'), 'schedule', jsonb_build_object('anchor', r.schedule_anchor,
          'last_at', ts.last_at, 'fired', coalesce(ts.fired, 0))) order by r.id) as rules
    from sensor s
    join runtime rt on rt.id = s.runtime
    join trigger on trigger.sensor = s.id and trigger.enabled
    join rule r on r.trigger = trigger.id and r.enabled
    left join timer_schedule ts on ts.rule = r.id and ts.anchor = r.schedule_anchor
    left join pack p on p.id = s.pack
    where s.enabled
    group by s.id, rt.id, p.id
    order by s.ref`)
}
