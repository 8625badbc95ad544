import type { RuleOwnership } from '../matching/candidates.ts'
import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Rule, RuleSummary } from './rule.ts'

export type RuleFilter = {
  pack?: Id<'pack'>
  pack_ref?: string
  action_ref?: string
  trigger_ref?: string
  enabled?: boolean
  /** Which rules may be shown. */
  allowed: Sql
}

/** What grants are held against. */
export const columns = {
  id: sql`r.id`,
  ref: sql`r.ref`,
  pack_ref: sql`r.pack_ref`,
  owner: sql`r.owner_identity`,
}

export function list(db: Queryable, filter: RuleFilter, page: { limit: number; offset: number }) {
  return selectPage<RuleSummary>(
    db,
    {
      columns: sql`
        id, ref, pack_ref, label, description, action_ref, trigger_ref, action_params, trigger_params,
        permission_set_refs, enabled, is_adhoc, owner_identity, authority_set_refs, last_error, last_error_at, created, updated`,
      from: sql`rule r`,
      where: whereOf(filter),
      order: sql`ref`,
    },
    page,
  )
}

/** By the refs of trigger and action, so that rules whose target is gone are found too. */
function whereOf({ pack, pack_ref, action_ref, trigger_ref, enabled, allowed }: RuleFilter) {
  return join(
    [
      allowed,
      ...(pack === undefined ? [] : [sql`pack = ${pack}`]),
      ...(pack_ref === undefined ? [] : [sql`pack = (select id from pack where ref = ${pack_ref})`]),
      ...(action_ref === undefined ? [] : [sql`action_ref = ${action_ref}`]),
      ...(trigger_ref === undefined ? [] : [sql`trigger_ref = ${trigger_ref}`]),
      ...(enabled === undefined ? [] : [sql`enabled = ${enabled}`]),
    ],
    ' and ',
  )
}

export function findByRef(db: Queryable, ref: string, allowed: Sql = sql`true`): Promise<Rule | undefined> {
  return db.maybe(sql`select r.* from rule r where r.ref = ${ref} and ${allowed}`)
}

/** The rule, held until the transaction ends: what is decided from it stays true. */
export function lockByRef(tx: Transaction, ref: string): Promise<Rule | undefined> {
  return tx.maybe(sql`select * from rule where ref = ${ref} for update`)
}

/** The columns that whoever writes a rule decides about. */
export type RuleContent = Pick<
  Rule,
  | 'label'
  | 'description'
  | 'action'
  | 'action_ref'
  | 'trigger'
  | 'trigger_ref'
  | 'conditions'
  | 'action_params'
  | 'trigger_params'
  | 'permission_set_refs'
  | 'enabled'
  | 'owner_identity'
  | 'authority_set_refs'
>

export function insert(
  tx: Transaction,
  rule: RuleContent & Pick<Rule, 'ref' | 'pack' | 'pack_ref'>,
): Promise<Rule> {
  return tx.one(sql`
    insert into rule
      (ref, pack, pack_ref, label, description, action, action_ref, trigger, trigger_ref, conditions, action_params,
       trigger_params, permission_set_refs, enabled, is_adhoc, owner_identity, authority_set_refs)
    values
      (${rule.ref}, ${rule.pack}, ${rule.pack_ref}, ${rule.label}, ${rule.description}, ${rule.action},
       ${rule.action_ref}, ${rule.trigger}, ${rule.trigger_ref}, ${json(rule.conditions)}, ${json(rule.action_params)},
       ${json(rule.trigger_params)}, ${rule.permission_set_refs}, ${rule.enabled}, true, ${rule.owner_identity},
       ${rule.authority_set_refs})
    returning *`)
}

export function update(tx: Transaction, id: Id<'rule'>, rule: RuleContent): Promise<Rule> {
  return tx.one(sql`
    update rule set
      label = ${rule.label}, description = ${rule.description}, action = ${rule.action}, action_ref = ${rule.action_ref},
      trigger = ${rule.trigger}, trigger_ref = ${rule.trigger_ref}, conditions = ${json(rule.conditions)},
      action_params = ${json(rule.action_params)}, trigger_params = ${json(rule.trigger_params)},
      permission_set_refs = ${rule.permission_set_refs}, enabled = ${rule.enabled},
      owner_identity = ${rule.owner_identity}, authority_set_refs = ${rule.authority_set_refs}
    where id = ${id}
    returning *`)
}

export function setEnabled(
  tx: Transaction,
  id: Id<'rule'>,
  { enabled, owner_identity, authority_set_refs }: Pick<Rule, 'enabled'> & RuleOwnership,
): Promise<Rule> {
  return tx.one(sql`
    update rule
    set enabled = ${enabled}, owner_identity = ${owner_identity}, authority_set_refs = ${authority_set_refs}
    where id = ${id}
    returning *`)
}

export function remove(tx: Transaction, id: Id<'rule'>): Promise<number> {
  return tx.run(sql`delete from rule where id = ${id}`)
}

/** Removes every rule of a pack, those that people made too, and answers them. */
export function removeOfPack(tx: Transaction, pack: Id<'pack'>): Promise<Rule[]> {
  return tx.many(sql`delete from rule where pack = ${pack} returning *`)
}

/** The rules of a pack as they are, held until the transaction ends. */
export function lockOfPack(tx: Transaction, pack: Id<'pack'>): Promise<Rule[]> {
  return tx.many(sql`select * from rule where pack = ${pack} order by id for update`)
}

/**
 * Writes the rules of a pack in place. Whether one is enabled follows the file until a person decides otherwise. One of another pack is left alone and not answered.
 */
export function upsert(
  tx: Transaction,
  pack: { id: Id<'pack'>; ref: string },
  list: readonly (RuleContent & { ref: string })[],
): Promise<Rule[]> {
  return tx.many(sql`
    insert into rule as r
      (pack, pack_ref, is_adhoc, ref, label, description, action, action_ref, trigger, trigger_ref, conditions,
       action_params, trigger_params, permission_set_refs, enabled, file_enabled, owner_identity, authority_set_refs)
    select ${pack.id}, ${pack.ref}, false, ref, label, description, action, action_ref, trigger, trigger_ref, conditions,
      action_params, trigger_params, permission_set_refs, enabled, enabled, owner_identity, authority_set_refs
    from json_to_recordset(${json(list)}) as d
      (ref text, label text, description text, action bigint, action_ref text, trigger bigint, trigger_ref text,
       conditions jsonb, action_params jsonb, trigger_params jsonb, permission_set_refs text[], enabled boolean,
       owner_identity bigint, authority_set_refs text[])
    on conflict (ref) do update set
      pack_ref = excluded.pack_ref, is_adhoc = false, label = excluded.label, description = excluded.description,
      action = excluded.action, action_ref = excluded.action_ref, trigger = excluded.trigger,
      trigger_ref = excluded.trigger_ref, conditions = excluded.conditions, action_params = excluded.action_params,
      trigger_params = excluded.trigger_params, permission_set_refs = excluded.permission_set_refs,
      enabled = case when r.enabled = r.file_enabled then excluded.enabled else r.enabled end,
      file_enabled = excluded.file_enabled, owner_identity = excluded.owner_identity,
      authority_set_refs = excluded.authority_set_refs
    where r.pack = excluded.pack
    returning *`)
}

/** Removes the rules of a pack that its files no longer describe, and answers them. What people made stays. */
export function removeVanished(
  tx: Transaction,
  pack: Id<'pack'>,
  described: readonly string[],
): Promise<Rule[]> {
  return tx.many(sql`
    delete from rule where pack = ${pack} and not is_adhoc and ref <> all(${described}) returning *`)
}

/** Ties rules to actions and triggers that are there again: a rule keeps the ref of a target that was deleted. */
export function relink(
  tx: Transaction,
  actionRefs: readonly string[],
  triggerRefs: readonly string[],
): Promise<number> {
  return tx.run(sql`
    update rule r set
      action = coalesce(r.action, (select a.id from action a where a.ref = r.action_ref)),
      trigger = coalesce(r.trigger, (select t.id from trigger t where t.ref = r.trigger_ref))
    where (r.action is null and r.action_ref = any(${actionRefs}))
       or (r.trigger is null and r.trigger_ref = any(${triggerRefs}))`)
}
