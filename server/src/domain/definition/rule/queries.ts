import type { Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Rule } from './rule.ts'

/** Removes every rule of a pack, those that people made too, and answers them. */
export function removeOfPack(tx: Transaction, pack: Id<'pack'>): Promise<Rule[]> {
  return tx.many(sql`delete from rule where pack = ${pack} returning *`)
}

/** The rules of a pack as they are, held until the transaction ends. */
export function lockOfPack(tx: Transaction, pack: Id<'pack'>): Promise<Rule[]> {
  return tx.many(sql`select * from rule where pack = ${pack} order by id for update`)
}

/** Ties rules to actions and triggers that are there again: a rule keeps the ref of a target that was deleted. */
export function relink(
  tx: Transaction,
  { actions = [], triggers = [] }: { actions?: readonly string[]; triggers?: readonly string[] },
): Promise<number> {
  return tx.run(sql`
    update rule r set
      action = coalesce(r.action, (select a.id from action a where a.ref = r.action_ref)),
      trigger = coalesce(r.trigger, (select t.id from trigger t where t.ref = r.trigger_ref))
    where (r.action is null and r.action_ref = any(${actions}))
       or (r.trigger is null and r.trigger_ref = any(${triggers}))`)
}
