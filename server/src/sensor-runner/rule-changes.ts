import { isDeepStrictEqual } from 'node:util'
import type { WatchedRule } from '../domain/definition/sensor/active.ts'

/** One line of a sensor's stdin. */
export type RuleChange = {
  event_type: 'RuleEnabled' | 'RuleDisabled'
  rule_id: number
  rule_ref: string
  trigger_type: string
  trigger_params?: WatchedRule['config']
  schedule?: WatchedRule['schedule']
  timestamp: string
}

/** What a running sensor must be told so that its rules become `wanted`. Unchanged rules are not mentioned. */
export function ruleChanges(
  known: readonly WatchedRule[],
  wanted: readonly WatchedRule[],
  timestamp: string,
): RuleChange[] {
  const before = new Map(known.map((rule) => [rule.id, rule]))
  const after = new Set(wanted.map((rule) => rule.id))
  const gone = known.filter((rule) => !after.has(rule.id))
  const moved = wanted.filter(
    (rule) => before.has(rule.id) && before.get(rule.id)?.trigger_ref !== rule.trigger_ref,
  )
  const changed = wanted.filter((rule) => !isSame(before.get(rule.id), rule))
  return [
    ...[...gone, ...moved.flatMap((rule) => before.get(rule.id) ?? [])].map((rule) =>
      disabled(rule, timestamp),
    ),
    ...changed.map((rule) => enabled(rule, timestamp)),
  ]
}

/** How far its schedule has come is what the sensor itself knows best. */
function isSame(one: WatchedRule | undefined, other: WatchedRule): boolean {
  if (one === undefined) return false
  const { anchor } = other.schedule
  return (
    one.schedule.anchor === anchor &&
    isDeepStrictEqual({ ...one, schedule: anchor }, { ...other, schedule: anchor })
  )
}

function enabled({ id, ref, trigger_ref, config, schedule }: WatchedRule, timestamp: string): RuleChange {
  return {
    event_type: 'RuleEnabled',
    rule_id: id,
    rule_ref: ref,
    trigger_type: trigger_ref,
    trigger_params: config,
    schedule,
    timestamp,
  }
}

function disabled({ id, ref, trigger_ref }: WatchedRule, timestamp: string): RuleChange {
  return { event_type: 'RuleDisabled', rule_id: id, rule_ref: ref, trigger_type: trigger_ref, timestamp }
}
