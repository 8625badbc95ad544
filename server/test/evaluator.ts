import type { EvaluationBudget } from '../src/domain/definition/matching/slowness.ts'
import { emptyLedger } from '../src/domain/definition/matching/debt.ts'
import { RuleEvaluator } from '../src/evaluation/rule-evaluator.ts'

const budget: EvaluationBudget = {
  evaluation_ms: 50,
  event_ms: 500,
  batch_ms: 5000,
  account_ms: 2000,
  rule_bytes: 1024 * 1024,
  event_bytes: 4 * 1024 * 1024,
}

/** A ledger in which nobody is ever in debt. */
export const noDebts = () => emptyLedger(Infinity)

/** An evaluator with the budget of the settings, but for what a test says. */
export function evaluatorFor(
  given: Partial<EvaluationBudget> = {},
  overdue: (how: 'given_up' | 'stopped', count: number) => void = () => undefined,
): RuleEvaluator {
  const lane = { ledger: noDebts(), defers: false }
  return new RuleEvaluator({ budget: { ...budget, ...given }, overdue, ...lane })
}
