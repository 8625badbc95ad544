import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { oldestWaiting } from '../../../messages/backlog.ts'
import { publish } from '../../../messages/publish.ts'
import { isDeadLettered } from '../../../messages/dead-letter-condition.ts'
import type { Enforcement, NewEnforcement } from './enforcement.ts'

/** What of an enforcement that was inserted is not known before. */
export type Inserted = Pick<Enforcement, 'id' | 'event' | 'rule' | 'created'>

/**
 * Inserts enforcements of stored events; a rule that already fired for the event keeps its first one and is not
 * answered. The payload is copied from the event's row, and no document comes back: they may be large.
 */
export async function insert(tx: Transaction, list: readonly NewEnforcement[]): Promise<Inserted[]> {
  if (list.length === 0) return []
  return tx.many(sql`
    insert into enforcement
      (rule, rule_ref, trigger_ref, event, event_created, config, payload, conditions, correlation_id,
       owner_identity, authority_set_refs)
    select n.rule, n.rule_ref, n.trigger_ref, n.event, n.event_created, n.config,
      case when jsonb_typeof(e.payload) = 'object' then e.payload else '{}' end,
      n.conditions, n.correlation_id, n.owner_identity, n.authority_set_refs
    from json_to_recordset(${json(list)}) as n
      (rule bigint, rule_ref text, trigger_ref text, event bigint, event_created timestamptz, config jsonb,
       conditions jsonb, correlation_id uuid, owner_identity bigint, authority_set_refs text[])
    left join lateral (
      select payload from event where id = n.event and created = n.event_created limit 1) e on true
    order by n.event, n.rule
    on conflict (event, rule) where rule is not null and event is not null do nothing
    returning id, event, rule, created`)
}

type Told = Pick<
  Enforcement,
  'id' | 'rule' | 'rule_ref' | 'event' | 'trigger_ref' | 'payload' | 'correlation_id'
>

/** Says EnforcementCreated. */
export function publishCreated(tx: Transaction, created: readonly Told[]): Promise<void> {
  return publish(
    tx,
    'EnforcementCreated',
    created.map((enforcement) => ({
      correlation_id: enforcement.correlation_id,
      payload: {
        enforcement_id: enforcement.id,
        rule_id: enforcement.rule,
        rule_ref: enforcement.rule_ref,
        event_id: enforcement.event,
        trigger_ref: enforcement.trigger_ref,
        payload: enforcement.payload,
      },
    })),
  )
}

/**
 * Whether a rule still belongs to whom it belonged to when an enforcement was made of it: the parameters may hold what
 * only they could read, and go into no action that somebody else has put in place since.
 */
export function isStillOf(enforcement: Sql, rule: Sql): Sql {
  return sql`(${enforcement}.owner_identity is null
    or (${enforcement}.owner_identity = ${rule}.owner_identity
      and ${enforcement}.authority_set_refs is not distinct from ${rule}.authority_set_refs))`
}

/** What an enforcement becomes: its rule, trigger and action as they are now. */
export type EnforcementResolution = {
  id: Id<'enforcement'>
  created: string
  runnable: boolean
}

/**
 * Ends enforcements that still wait: `processed` where the rule is enabled, its action and trigger exist and it is not
 * refused, else `disabled`. Delivered again it finds nothing in `created`. Returns those that were ended now; the
 * reason why one is `disabled` is the last word on it.
 */
export async function resolve(
  tx: Transaction,
  ids: readonly Id<'enforcement'>[],
  refused: ReadonlyMap<Id<'rule'>, string>,
): Promise<EnforcementResolution[]> {
  const reasons = json([...refused].map(([rule, reason]) => ({ rule, reason })))
  const resolved = await tx.many<EnforcementResolution>(sql`
    with waiting as (
      select e.id, case
          when r.id is null then format('The rule %s does not exist any more.', e.rule_ref)
          when not ${isStillOf(sql`e`, sql`r`)}
            then format('The rule %s has another owner than when it fired; the next event runs in their name.', r.ref)
          when not r.enabled then format('The rule %s is disabled.', r.ref)
          when r.action is null then format('The action %s does not exist any more.', r.action_ref)
          when t.id is null then format('The trigger %s does not exist any more.', r.trigger_ref)
          when not t.enabled then format('The trigger %s is disabled.', t.ref)
          else f.reason
        end as disabled_reason
      from enforcement e
      left join rule r on r.id = e.rule
      left join trigger t on t.id = r.trigger
      left join json_to_recordset(${reasons}) as f (rule bigint, reason text) on f.rule = r.id
      where e.id = any(${ids}) and e.status = 'created'
      order by e.id
      for update of e)
    update enforcement e
    set status = case when w.disabled_reason is null then 'processed' else 'disabled' end::enforcement_status_enum,
        disabled_reason = w.disabled_reason, resolved_at = now()
    from waiting w
    where e.id = w.id
    returning e.id, e.created, w.disabled_reason is null as runnable`)
  if (resolved.some(({ runnable }) => !runnable)) await tx.mustLast()
  return resolved
}

/**
 * Enforcements that nobody resolved within `seconds`, oldest first, through enforcement_unresolved. Left out: what may
 * still wait in the queue, what is among the dead letters, and what was said again a short while ago.
 */
export function findUnresolved(tx: Queryable, seconds: number, limit: number): Promise<Enforcement[]> {
  return tx.many(sql`
    select e.* from enforcement e
    where e.status = 'created'
      and e.created < least(now() - ${seconds} * interval '1 second', ${oldestWaiting('enforcements')})
      and not exists (select from redrive r where r.kind = 'enforcement' and r.subject = e.id and r.due_at > now())
      and not ${isDeadLettered(['EnforcementCreated'], sql`e.id`)}
    order by e.created
    limit ${limit}`)
}

export function find(tx: Queryable, id: Id<'enforcement'>): Promise<Enforcement | undefined> {
  return tx.maybe(sql`select * from enforcement where id = ${id}`)
}
