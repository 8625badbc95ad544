import { isObject } from './api.mjs'

/**
 * A rule as this sensor needs it. `params` are the rule's trigger_params, unchecked. `schedule` says where its grid begins
 * and how far it has come, as the platform keeps it: instants in epoch milliseconds.
 * @typedef {{ anchor: number, last_at: number | undefined, fired: number }} Schedule
 * @typedef {{
 *   id: number,
 *   ref: string,
 *   trigger_ref: string,
 *   params: Record<string, unknown>,
 *   schedule: Schedule | undefined,
 * }} Rule
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
  return rule({ ...row, trigger_ref: triggerRef })
}

/**
 * An entry of ATTUNE_SENSOR_TRIGGERS as a rule.
 * @param {unknown} entry
 */
export function ruleOfEnvironment(entry) {
  return isObject(entry) ? rule({ ...entry, trigger_params: entry.config }) : undefined
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
  const { event_type, rule_id, rule_ref, trigger_type } = message
  if (event_type === 'RuleDisabled' || event_type === 'RuleDeleted') {
    rules.delete(rule_id)
    return true
  }
  const changed = rule({ ...message, id: rule_id, ref: rule_ref, trigger_ref: trigger_type })
  if (changed === undefined || (event_type !== 'RuleCreated' && event_type !== 'RuleEnabled')) return false
  if (message.enabled === false || !triggers.includes(changed.trigger_ref)) rules.delete(rule_id)
  else rules.set(rule_id, changed)
  return true
}

/**
 * @param {Record<string, unknown>} told
 * @returns {Rule | undefined}
 */
function rule({ id, ref, trigger_ref, trigger_params, schedule }) {
  if (typeof id !== 'number' || typeof ref !== 'string' || typeof trigger_ref !== 'string') return undefined
  const params = isObject(trigger_params) ? trigger_params : {}
  return { id, ref, trigger_ref, params, schedule: scheduleOf(schedule) }
}

/**
 * @param {unknown} told
 * @returns {Schedule | undefined}
 */
function scheduleOf(told) {
  if (!isObject(told)) return undefined
  const anchor = Date.parse(String(told.anchor))
  if (Number.isNaN(anchor)) return undefined
  const last = Date.parse(String(told.last_at))
  const fired = typeof told.fired === 'number' ? told.fired : 0
  return { anchor, last_at: Number.isNaN(last) ? undefined : last, fired }
}
