import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { PLATFORM } from '../../access/identity/platform.ts'

/** A rule that an event may fire, as it is now. Light: what it means is fetched only when it is not known yet. */
export type Candidate = {
  id: Id<'rule'>
  ref: string
  version: number
  enabled: boolean
  trigger_enabled: boolean
  trigger_ref: string
  /** Of this rule alone; changes whenever anything does that the compiled rule was made from. */
  stamp: string
  /** Whose time it takes: its owner's, else its pack's. */
  account: string
}

/**
 * Rules of the batch's triggers and the rules that events are bound to, disabled ones too, by ref.
 *
 * For an array that is a parameter PostgreSQL makes a plan each time: it takes ten elements for a plan to keep, sees
 * fewer, and finds the new plan cheaper. For one that comes from a subquery it takes ten always, and keeps the plan.
 */
export function findCandidates(
  db: Queryable,
  triggerRefs: readonly string[],
  bound: readonly Id<'rule'>[],
): Promise<Candidate[]> {
  return db.many(sql`
    select r.id, r.ref, r.version, r.enabled, coalesce(t.enabled, false) as trigger_enabled, r.trigger_ref,
      concat_ws(' ', r.id, r.version, p.updated, a.updated) as stamp,
      coalesce('identity ' || nullif(r.owner_identity, ${PLATFORM}), 'pack ' || r.pack) as account
    from rule r
    join pack p on p.id = r.pack
    left join trigger t on t.id = r.trigger
    left join action a on a.id = r.action
    where r.trigger_ref = any(array(select unnest(${triggerRefs}::text[])))
      or r.id = any(array(select unnest(${bound}::bigint[])))
    order by r.ref`)
}

/** Whose a rule is; nobody's when the account is gone. */
export type RuleOwnership = { owner_identity: Id<'identity'> | null; authority_set_refs: string[] | null }

/** Everything that decides what a rule does with an event. */
export type RuleDefinition = RuleOwnership & {
  id: Id<'rule'>
  ref: string
  /** Whose keys it may ask for. */
  pack: Id<'pack'>
  pack_ref: string
  action: Id<'action'> | null
  conditions: Json
  action_params: Json
  /** Config of the rule's pack with markers for its secrets, and the schema that says which of it is secret. */
  pack_config: Json
  conf_schema: Json
  /** Schema of the action's parameters; null when the action is gone or has none. */
  param_schema: Json
}

export function findDefinitions(db: Queryable, ids: readonly Id<'rule'>[]): Promise<RuleDefinition[]> {
  return db.many(sql`
    select r.id, r.ref, r.pack, r.pack_ref, a.id as action, r.owner_identity, r.authority_set_refs, r.conditions,
      r.action_params,
      p.config as pack_config, p.conf_schema, a.param_schema
    from rule r
    join pack p on p.id = r.pack
    left join action a on a.id = r.action
    where r.id = any(${ids})`)
}
