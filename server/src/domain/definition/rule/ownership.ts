import { isDeepStrictEqual } from 'node:util'
import { type Json, isJsonObject } from '../../../json.ts'
import type { Rule } from './rule.ts'

/**
 * What a change of a column means. `runs`: when or what the rule runs; whoever changes that becomes the owner and must
 * be allowed all of it: nobody makes a rule of somebody else do something new in their name. `switch`: the same where
 * it is switched on. `words`: nothing but how the rule reads. `kept`: not changed by a caller, or along with another
 * column.
 */
type Meaning = 'runs' | 'switch' | 'words' | 'kept'

const meanings = {
  id: 'kept',
  ref: 'kept',
  pack: 'kept',
  pack_ref: 'kept',
  label: 'words',
  description: 'words',
  action: 'kept', // with action_ref
  action_ref: 'runs',
  trigger: 'kept', // with trigger_ref
  trigger_ref: 'runs',
  conditions: 'runs',
  action_params: 'runs',
  trigger_params: 'runs',
  permission_set_refs: 'runs',
  enabled: 'switch',
  file_enabled: 'kept',
  is_adhoc: 'kept',
  owner_identity: 'kept',
  authority_set_refs: 'kept',
  version: 'kept',
  last_error: 'kept',
  last_error_at: 'kept',
  schedule_anchor: 'kept',
  created: 'kept',
  updated: 'kept',
} as const satisfies Record<keyof Rule, Meaning>

type Running = {
  [Column in keyof Rule]: (typeof meanings)[Column] extends 'runs' ? Column : never
}[keyof Rule]
/** Of a rule, what decides in whose name it runs. */
type Decisive = Pick<Rule, Running | 'enabled'>

const running = (Object.keys(meanings) as (keyof typeof meanings)[]).filter(isRunning)

function isRunning(column: keyof typeof meanings): column is Running {
  return meanings[column] === 'runs'
}

/** Whether a change makes whoever changes the rule its owner. */
export function isRunOtherwise(before: Decisive, after: Decisive): boolean {
  if (after.enabled && !before.enabled) return true
  return running.some((column) => !isDeepStrictEqual(plain(before[column]), plain(after[column])))
}

/** No parameters are the same as empty ones. */
function plain(value: Json): Json {
  return isJsonObject(value) && Object.keys(value).length === 0 ? null : value
}
