import { LRUCache } from 'lru-cache'
import type { RuleDecision } from '../domain/definition/matching/decision.ts'
import type { Log } from '../observe/log.ts'

/** Writes a line about a rule that could not be evaluated, unless it has had one lately. */
export type FailureLines = (errors: readonly RuleDecision[]) => void

const EVERY_MS = 60_000
/** What is forgotten of more rules than this costs no more than a line. */
const RULES = 10_000

type Told = { at: number; unsaid: number }

/**
 * One line for each rule and minute: a field that is missing is missing in every event. What was left out is counted in
 * the next line; the decisions and `last_error` of the rule have all of it.
 */
export function createFailureLines(log: Pick<Log, 'warn'>, now: () => number = Date.now): FailureLines {
  const told = new LRUCache<RuleDecision['rule'], Told>({ max: RULES })
  return (errors) => {
    for (const { rule, rule_ref, reason } of errors) {
      const at = now()
      const before = told.get(rule)
      if (before !== undefined && at - before.at < EVERY_MS) {
        before.unsaid += 1
        continue
      }
      told.set(rule, { at, unsaid: 0 })
      const more = before === undefined || before.unsaid === 0 ? {} : { more_before: before.unsaid }
      log.warn({ rule_ref, reason, ...more }, 'rule could not be evaluated')
    }
  }
}
