import { isObject } from './api.mjs'

/**
 * A rule as this sensor needs it. `params` are the rule's trigger_params, unchecked.
 * @typedef {{ id: number, ref: string, trigger_ref: string, params: Record<string, unknown> }} Rule
 * @typedef {Map<number, Rule>} Rules
 */

/**
 * A rule of the API's list, undefined when it is disabled or no rule at all.
 * @param {unknown} row
 * @param {string} triggerRef
 * @returns {Rule | undefined}
 */
export function ruleOfList(row, triggerRef) {
  if (!isObject(row) || row.enabled === false) return undefined
  return rule(row.id, row.ref, triggerRef, row.trigger_params)
}

/**
 * An entry of ATTUNE_SENSOR_TRIGGERS as a rule.
 * @param {unknown} entry
 */
export function ruleOfEnvironment(entry) {
  return isObject(entry) ? rule(entry.id, entry.ref, entry.trigger_ref, entry.config) : undefined
}

/**
 * @param {(Rule | undefined)[]} list
 * @returns {Rules}
 */
export function rulesById(list) {
  return new Map(list.flatMap((rule) => (rule === undefined ? [] : [[rule.id, rule]])))
}

/**
 * Applies one control message to `rules`; saying it twice changes nothing more. A rule that now hangs on a
 * trigger of somebody else is gone for us. Returns false for what is no such message.
 * @param {Rules} rules
 * @param {unknown} message
 * @param {string[]} triggers
 */
export function applyChange(rules, message, triggers) {
  if (!isObject(message) || typeof message.rule_id !== 'number') return false
  const { event_type, rule_id, rule_ref, trigger_type, trigger_params } = message
  if (event_type === 'RuleDisabled' || event_type === 'RuleDeleted') {
    rules.delete(rule_id)
    return true
  }
  const changed = rule(rule_id, rule_ref, trigger_type, trigger_params)
  if (changed === undefined || (event_type !== 'RuleCreated' && event_type !== 'RuleEnabled')) return false
  if (message.enabled === false || !triggers.includes(changed.trigger_ref)) rules.delete(rule_id)
  else rules.set(rule_id, changed)
  return true
}

/**
 * @param {unknown} id
 * @param {unknown} ref
 * @param {unknown} trigger_ref
 * @param {unknown} params
 * @returns {Rule | undefined}
 */
function rule(id, ref, trigger_ref, params) {
  if (typeof id !== 'number' || typeof ref !== 'string' || typeof trigger_ref !== 'string') return undefined
  return { id, ref, trigger_ref, params: isObject(params) ? params : {} }
}
