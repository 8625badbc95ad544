import type { Transaction } from '../../../database/database.ts'
import { publish, type NewMessage } from '../../../messages/publish.ts'
import type { Json } from '../../../json.ts'
import type { Rule } from './rule.ts'

/**
 * A rule before and after a change; undefined where it was not or is no more. `trigger_params` are what a sensor
 * works with: the defaults of the trigger are filled in.
 */
export type RuleChange = {
  before: Rule | undefined
  after: Rule | undefined
  trigger_params: Json
}

type Spoken = 'RuleCreated' | 'RuleEnabled' | 'RuleDisabled' | 'RuleDeleted'

/**
 * Says what sensors must know of changed rules, once `tx` commits. A rule that moves to another trigger is
 * disabled under the old one and enabled under the new one; content that no sensor works with is not told.
 */
export async function announce(
  tx: Transaction,
  changes: readonly RuleChange[],
  correlation_id: string | null,
): Promise<void> {
  const spoken = changes.flatMap((change) => messagesFor(change).map((type) => ({ type, change })))
  const about = (type: Spoken) => spoken.filter((one) => one.type === type).map(({ change }) => change)
  const say = <T>(payload: T) => ({ payload, correlation_id })

  await publish(
    tx,
    'RuleDeleted',
    about('RuleDeleted').flatMap(({ before }) => (before ? [say(identify(before))] : [])),
  )
  await publish(
    tx,
    'RuleDisabled',
    about('RuleDisabled').flatMap(({ before }) => (before ? [say(identify(before))] : [])),
  )
  await publish(
    tx,
    'RuleCreated',
    about('RuleCreated').flatMap((change) => sayCreated(change, correlation_id)),
  )
  await publish(
    tx,
    'RuleEnabled',
    about('RuleEnabled').flatMap(({ after, trigger_params }) =>
      after ? [say({ ...identify(after), trigger_params })] : [],
    ),
  )
}

/** Says that a rule is enabled or disabled, also when it was before. */
export function announceSwitch(
  tx: Transaction,
  rule: Rule,
  { trigger_params, correlation_id }: { trigger_params: Json; correlation_id: string | null },
): Promise<void> {
  return rule.enabled
    ? publish(tx, 'RuleEnabled', [{ payload: { ...identify(rule), trigger_params }, correlation_id }])
    : publish(tx, 'RuleDisabled', [{ payload: identify(rule), correlation_id }])
}

function identify(rule: Rule) {
  return { rule_id: rule.id, rule_ref: rule.ref, trigger_ref: rule.trigger_ref }
}

function sayCreated(
  { after, trigger_params }: RuleChange,
  correlation_id: string | null,
): NewMessage<'RuleCreated'>[] {
  if (after === undefined) return []
  const { trigger, action, action_ref, enabled } = after
  return [
    {
      payload: {
        ...identify(after),
        trigger_id: trigger,
        action_id: action,
        action_ref,
        trigger_params,
        enabled,
      },
      correlation_id,
    },
  ]
}

/** Which messages a change calls for. Exported for its table of cases. */
export function messagesFor({ before, after }: Pick<RuleChange, 'before' | 'after'>): Spoken[] {
  if (before === undefined) return after === undefined ? [] : ['RuleCreated']
  if (after === undefined) return ['RuleDeleted']
  const moved = before.trigger_ref !== after.trigger_ref
  const retuned = moved || JSON.stringify(before.trigger_params) !== JSON.stringify(after.trigger_params)
  return [
    ...(before.enabled && (moved || !after.enabled) ? (['RuleDisabled'] as const) : []),
    ...(after.enabled && (retuned || !before.enabled) ? (['RuleEnabled'] as const) : []),
  ]
}
