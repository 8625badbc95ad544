import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import { Problem } from '../../../problem.ts'
import { type Emission, resolve } from '../../flow/event/emission.ts'
import type { NewEvent } from '../../flow/event/event.ts'
import { create, reserveIds } from '../../flow/event/queries.ts'
import type { Alert, AlertOccurrence } from './alert.ts'

const TRIGGER = 'core.alert'
const SOURCE = 'attune.system'

/**
 * Notes trouble, and emits an event of core.alert for what was not announced within the cooldown, so that rules can
 * react. Answers the alerts that were announced. Without the trigger (the core pack is gone) the rows alone tell.
 */
export async function raise(
  tx: Transaction,
  sightings: readonly AlertOccurrence[],
  cooldownSeconds: number,
): Promise<Alert[]> {
  if (sightings.length === 0) return []
  const noted = await note(tx, latestOf(sightings), cooldownSeconds)
  const announced = noted.filter(({ announce }) => announce)
  await announce(tx, announced)
  return announced
}

/** Trouble that is over. Its next sighting counts from one again. */
export function clear(db: Queryable, correlationIds: readonly string[]): Promise<number> {
  return db.run(sql`
    with over as (
      select correlation_id from alert
      where correlation_id = any(${correlationIds}) and cleared_at is null
      order by correlation_id
      for no key update)
    update alert a set cleared_at = now() from over o where a.correlation_id = o.correlation_id`)
}

/** Trouble that has not been seen for so long is over. */
export function clearQuiet(db: Queryable, correlationId: string, seconds: number): Promise<number> {
  return db.run(sql`
    update alert set cleared_at = now()
    where correlation_id = ${correlationId} and cleared_at is null
      and last_seen_at < now() - ${seconds} * interval '1 second'`)
}

/** An upsert may meet a row once only. */
function latestOf(sightings: readonly AlertOccurrence[]): AlertOccurrence[] {
  return [...new Map(sightings.map((sighting) => [sighting.correlation_id, sighting])).values()]
}

function note(
  tx: Transaction,
  sightings: readonly AlertOccurrence[],
  cooldownSeconds: number,
): Promise<(Alert & { announce: boolean })[]> {
  return tx.many(sql`
    insert into alert (correlation_id, severity, category, failure_type, component_type, component_id,
      component_ref, worker_role, summary, details)
    select correlation_id, severity, category, failure_type, component_type, component_id,
      component_ref, worker_role, summary, coalesce(details, '{}')
    from json_to_recordset(${json(sightings)}) as s (correlation_id text, severity text, category text,
      failure_type text, component_type text, component_id bigint, component_ref text, worker_role text,
      summary text, details jsonb)
    order by correlation_id
    on conflict (correlation_id) do update
    set severity = excluded.severity, summary = excluded.summary, details = excluded.details,
      component_id = excluded.component_id, component_ref = excluded.component_ref,
      sightings = case when alert.cleared_at is null then alert.sightings + 1 else 1 end,
      first_seen_at = case when alert.cleared_at is null then alert.first_seen_at else now() end,
      last_seen_at = now(),
      announced_at = case
        when alert.announced_at < now() - ${cooldownSeconds} * interval '1 second' then now()
        else alert.announced_at end,
      cleared_at = null
    returning *, announced_at = now() as announce`)
}

async function announce(tx: Transaction, alerts: readonly Alert[]): Promise<void> {
  const resolved = await resolve(tx, alerts.map(emissionOf))
  const events = resolved.filter((event): event is NewEvent => !(event instanceof Problem))
  await create(tx, events, await reserveIds(tx, events.length))
}

function emissionOf(alert: Alert): Emission {
  const { severity, category, failure_type, component_type, component_id, component_ref } = alert
  return {
    trigger: { ref: TRIGGER },
    source: { kind: 'other', ref: SOURCE },
    payload: {
      severity,
      category,
      failure_type,
      component_type,
      ...(component_id === null ? {} : { component_id }),
      ...(component_ref === null ? {} : { component_ref }),
      ...(alert.worker_role === null ? {} : { worker_role: alert.worker_role }),
      observed_at: alert.last_seen_at,
      summary: alert.summary,
      details: alert.details,
      correlation_id: alert.correlation_id,
    },
  }
}
