import type { Queryable } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import * as actions from '../action/queries.ts'
import type { SchemaCache } from '../../schema/cache.ts'
import { allows } from '../../caller/scope.ts'
import * as triggers from '../trigger/queries.ts'
import type { RuleSchemas } from './check.ts'
import type { Rule } from './rule.ts'

/** What a rule connects, as far as a rule is checked against it. */
export type Targets = { trigger: triggers.TriggerTarget; action: actions.ActionTarget }

/** The trigger and action that a rule names. Throws NOT_FOUND that names the field. */
export async function getTargets(
  db: Queryable,
  rule: { trigger_ref: string; action_ref: string },
): Promise<Targets> {
  const [trigger] = await triggers.findTargets(db, [rule.trigger_ref])
  const [action] = await actions.findTargets(db, [rule.action_ref])
  if (action === undefined) throw missing('action', rule.action_ref)
  if (trigger === undefined) throw missing('trigger', rule.trigger_ref)
  return { trigger, action }
}

/**
 * Refuses targets that the caller may know nothing of, as if they were not there. A rule shows its events to whoever
 * wrote its action, so that one on a trigger needs triggers:read.
 */
export function requireKnown(
  caller: Caller,
  { trigger, action }: Targets,
  named: readonly ('action' | 'trigger')[],
): void {
  const mayKnow =
    allows(caller, ['actions', 'read'], targetOf(action)) ||
    allows(caller, ['actions', 'execute'], targetOf(action))
  if (named.includes('action') && !mayKnow) throw missing('action', action.ref)
  if (named.includes('trigger') && !allows(caller, ['triggers', 'read'], targetOf(trigger)))
    throw missing('trigger', trigger.ref)
}

function targetOf({ id, ref, pack_ref }: { id: number; ref: string; pack_ref: string | null }) {
  return { id, ref, pack_ref }
}

function missing(kind: 'action' | 'trigger', ref: string): Problem {
  const details = [{ field: `${kind}_ref`, message: 'names what does not exist' }]
  return new Problem(
    'NOT_FOUND',
    `There is no ${kind} '${ref}'; register the pack that has it or correct the ref.`,
    details,
  )
}

/** The compiled parameter schemas of the targets. */
export function schemasOf({ trigger, action }: Targets, cache: SchemaCache): RuleSchemas {
  return {
    trigger: cache.get(`trigger:${trigger.id}`, trigger.updated, trigger.param_schema),
    action: cache.get(`action:${action.id}`, action.updated, action.param_schema),
  }
}

/** The trigger_params of rules as a sensor works with them: the trigger's defaults are filled in. */
export async function withDefaults<R extends Pick<Rule, 'trigger_ref' | 'trigger_params'>>(
  db: Queryable,
  rules: readonly R[],
  cache: SchemaCache,
): Promise<R[]> {
  const found = await triggers.findTargets(db, [...new Set(rules.map((rule) => rule.trigger_ref))])
  const targets = new Map(found.map((trigger) => [trigger.ref, trigger]))
  return rules.map((rule) => {
    const trigger = targets.get(rule.trigger_ref)
    if (trigger === undefined) return rule
    const schema = cache.get(`trigger:${trigger.id}`, trigger.updated, trigger.param_schema)
    return { ...rule, trigger_params: schema.applyDefaults(objectOf(rule.trigger_params)) }
  })
}

/** Parameters of rows written by hand may be anything. */
export function objectOf(value: Json): JsonObject {
  return isJsonObject(value) ? value : {}
}
