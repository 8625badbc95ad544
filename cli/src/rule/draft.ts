import { givenOf, maybeObject, required, titleOf } from '../definition/draft.ts'
import { Failure } from '../failure.ts'
import { type Input, jsonOption, parsePairs } from '../input.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import { type JsonObject, written } from '../json.ts'

/** What `rule create` takes from the command line. */
export type RuleFlags = {
  trigger?: string
  action?: string
  when?: string
  conditions?: string
  param?: string[]
  actionParams?: string
  triggerParams?: string
  label?: string
  description?: string
  pack?: string
  disabled?: boolean
}

const fields = [
  'ref',
  'pack_ref',
  'label',
  'description',
  'trigger_ref',
  'action_ref',
  'conditions',
  'action_params',
  'trigger_params',
  'permission_set_refs',
  'enabled',
]

/**
 * A rule as it stands in a file. Unknown fields are refused: a mistyped `conditions` would make a rule that
 * runs on every event.
 */
export function ruleFromFile(file: JsonObject): JsonObject {
  const unknown = Object.keys(file).filter((field) => !fields.includes(field))
  if (unknown.length === 0) return file
  const details = unknown.map((field) => ({ field, message: `is none of ${fields.join(', ')}` }))
  throw new Failure('usage', 'The rule file has fields that a rule does not have.', details)
}

/** The fields that were given as flags, and no others. */
export async function ruleFromFlags(
  ref: string | undefined,
  flags: RuleFlags,
  input: Input,
): Promise<JsonObject> {
  return givenOf({
    ref,
    pack_ref: flags.pack,
    label: flags.label,
    description: flags.description,
    trigger_ref: flags.trigger,
    action_ref: flags.action,
    conditions: await conditionsOf(flags, input),
    action_params: await actionParamsOf(flags, input),
    trigger_params: await maybeObject(flags.triggerParams, '--trigger-params', input),
    enabled: flags.disabled === true ? false : undefined,
  })
}

/** Completes a draft with what follows from its ref, and says what is missing. */
export function toRequest(draft: JsonObject): Schemas['CreateRule'] {
  const ref = required(draft, 'ref', 'rule', 'Name the rule: attune rule create PACK.NAME …')
  const pack = typeof draft.pack_ref === 'string' ? draft.pack_ref : (ref.split('.')[0] ?? ref)
  const trigger = required(draft, 'trigger_ref', 'rule', 'Name the trigger with --trigger.')
  const action = required(draft, 'action_ref', 'rule', 'Name the action with --action.')
  return written({
    ...draft,
    ref: qualified(ref, pack),
    pack_ref: pack,
    label: draft.label ?? titleOf(ref),
    trigger_ref: qualified(trigger, pack),
    action_ref: qualified(action, pack),
  })
}

async function conditionsOf(
  { when, conditions }: RuleFlags,
  input: Input,
): Promise<JsonObject[string] | undefined> {
  if (when !== undefined && conditions !== undefined) {
    throw new Failure('usage', 'Choose one of --when and --conditions.')
  }
  if (when !== undefined) return { expression: when }
  return conditions === undefined ? undefined : jsonOption(conditions, '--conditions', input)
}

async function actionParamsOf(
  { param, actionParams }: RuleFlags,
  input: Input,
): Promise<JsonObject | undefined> {
  const object = await maybeObject(actionParams, '--action-params', input)
  return object === undefined && param === undefined ? undefined : { ...object, ...parsePairs(param ?? []) }
}

/** As in pack files, a name without a pack is of the rule's own pack. */
export function qualified(ref: string, pack: string): string {
  return ref.includes('.') ? ref : `${pack}.${ref}`
}
