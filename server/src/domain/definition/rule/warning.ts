import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Json } from '../../../json.ts'
import type { Caller } from '../../caller/caller.ts'
import { allows } from '../../caller/scope.ts'
import { findForRules } from '../key/queries.ts'
import { namesAsked } from '../matching/keystore.ts'
import * as triggers from '../trigger/queries.ts'
import { keyWarnings, languageWarnings, pathWarnings, templatesOf } from './language-warnings.ts'
import type { Rule } from './rule.ts'
import { objectOf } from './targets.ts'

/** A few events are enough to see what they are like; large ones would cost more than that is worth. */
const SAMPLES = 20
const SAMPLE_BYTES = 65_536

/** The payloads of the last events of a trigger. By the index on the trigger, so few rows are looked at. */
export async function lastPayloads(db: Queryable, trigger_ref: string): Promise<Json[]> {
  const rows = await db.many<{ payload: Json }>(sql`
    select e.payload
    from (
      select payload from event where trigger_ref = ${trigger_ref} order by id desc limit ${SAMPLES}
    ) e
    where pg_column_size(e.payload) < ${SAMPLE_BYTES}`)
  return rows.map(({ payload }) => payload)
}

/** Keys of a name, of whoever may have some for a rule. */
async function existingKeys(db: Queryable, { id, pack, action, owner_identity }: Rule, names: string[]) {
  if (names.length === 0) return new Set<string>()
  const found = await findForRules(db, [{ rule: id, pack, action, owner: owner_identity, names }])
  return new Set(found.map(({ name }) => name))
}

/** What is odd about a rule that is saved, one line each. Events are looked at for whoever may read them. */
export async function warningsOf(db: Queryable, rule: Rule, caller: Caller): Promise<string[]> {
  const language = { conditions: rule.conditions, action_params: objectOf(rule.action_params) }
  const [trigger] = await triggers.findTargets(db, [rule.trigger_ref])
  const readsEvents = trigger !== undefined && allows(caller, ['events', 'read'], trigger)
  const samples = readsEvents ? await lastPayloads(db, rule.trigger_ref) : []
  const names = namesAsked({
    references: templatesOf(language.action_params).map(({ compiled }) => compiled.references),
  })
  return [
    ...languageWarnings(language),
    ...pathWarnings(language, { out_schema: trigger?.out_schema ?? null, samples }),
    ...keyWarnings(language, await existingKeys(db, rule, names)),
  ].map(({ field, message }) => `${field}: ${message}`)
}
