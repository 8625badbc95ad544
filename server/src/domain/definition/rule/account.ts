import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { id, nullable, timestamp } from '../../../database/row.ts'
import { isJsonObject } from '../../../json.ts'
import { RuleDecision } from '../matching/decision.ts'
import { findByRef as findAction } from '../action/queries.ts'
import { findByRef as findTrigger } from '../trigger/queries.ts'
import { refusedRules } from './authority.ts'
import { checkLanguage } from './check.ts'
import { COUNTED, countOutcomes, findLast } from '../matching/considered.ts'
import type { Rule } from './rule.ts'

const Target = Type.Object({ ref: Type.String(), exists: Type.Boolean() })

/** Why a rule does or does not fire: how it is now, and what became of the last events of its trigger. */
export const RuleAccount = Type.Object(
  {
    rule: Type.Object({
      ref: Type.String(),
      enabled: Type.Boolean(),
      version: Type.Integer(),
      last_error: nullable(Type.String()),
      last_error_at: nullable(timestamp),
      updated: timestamp,
    }),
    trigger: Type.Object({ ...Target.properties, enabled: Type.Boolean() }),
    action: Type.Object({ ...Target.properties, enabled: Type.Boolean() }),
    problems: Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
      description: 'What of its conditions and templates cannot be read.',
    }),
    verdict: Type.Array(Type.String(), {
      description: 'What keeps it from firing now; empty if nothing does.',
    }),
    period: Type.Object({
      since: timestamp,
      events: Type.Integer(),
      matched: Type.Integer(),
      not_matched: Type.Integer(),
      disabled: Type.Integer(),
      error: Type.Integer(),
      deferred: Type.Integer({ description: 'It waits in the slow lane.' }),
      not_considered: Type.Integer(),
      undecided: Type.Integer(),
      capped: Type.Boolean({ description: 'Only the newest 10 000 events are counted.' }),
    }),
    last: Type.Array(
      Type.Object({
        event: id('event'),
        created: timestamp,
        decided: Type.Boolean(),
        decided_at: nullable(timestamp),
        bound: Type.Boolean({ description: 'The event is meant for one rule only.' }),
        recorded: nullable(RuleDecision),
      }),
      { description: 'The last events of its trigger, newest first; null: this rule was not asked.' },
    ),
  },
  { title: 'RuleAccount' },
)
export type RuleAccount = Static<typeof RuleAccount>

export type AccountWindow = { since: string; limit: number }

export async function accountOf(
  db: Queryable,
  rule: Rule,
  { since, limit }: AccountWindow,
): Promise<RuleAccount> {
  const trigger = await findTrigger(db, rule.trigger_ref)
  const action = await findAction(db, rule.action_ref)
  const counts = await countOutcomes(db, rule, since)
  const state = {
    rule: {
      ref: rule.ref,
      enabled: rule.enabled,
      version: rule.version,
      last_error: rule.last_error,
      last_error_at: rule.last_error_at,
      updated: rule.updated,
    },
    trigger: { ref: rule.trigger_ref, exists: trigger !== undefined, enabled: trigger?.enabled ?? false },
    // Actions cannot be switched off: one that exists is enabled.
    action: { ref: rule.action_ref, exists: action !== undefined, enabled: action !== undefined },
    problems: checkLanguage({
      conditions: rule.conditions,
      action_params: isJsonObject(rule.action_params) ? rule.action_params : {},
    }),
  }
  return {
    ...state,
    verdict: verdictOf(state, counts.events, (await refusedRules(db, [rule.id])).get(rule.id)),
    period: { since, ...counts, capped: counts.events >= COUNTED },
    last: await findLast(db, rule, limit),
  }
}

type State = Pick<RuleAccount, 'rule' | 'trigger' | 'action' | 'problems'>

function verdictOf(
  { rule, trigger, action, problems }: State,
  events: number,
  refusal: string | undefined,
): string[] {
  return [
    rule.enabled ? '' : `The rule is disabled; attune rule enable ${rule.ref} switches it on.`,
    trigger.exists ? '' : `The trigger ${trigger.ref} does not exist; register the pack that has it.`,
    trigger.exists && !trigger.enabled ? `The trigger ${trigger.ref} is disabled.` : '',
    action.exists ? '' : `The action ${action.ref} does not exist; register the pack that has it.`,
    refusal ?? '',
    ...problems.map(({ field, message }) => `${field}: ${message}`),
    events > 0 ? '' : `No event of ${trigger.ref} came in the period.`,
  ].filter((sentence) => sentence !== '')
}
