import type { Settings } from '../config/settings.ts'
import type { EvaluationBudget } from '../domain/definition/matching/slowness.ts'
import { RuleEvaluator, type EvaluatorOptions } from '../evaluation/rule-evaluator.ts'
import { emptyLedger } from '../domain/definition/matching/debt.ts'
import type { Platform } from './platform.ts'

/** Evaluates rules for one role, in a thread that begins with the first of them unless it is warmed up. */
export function openEvaluator(
  { settings, metrics }: Pick<Platform, 'settings' | 'metrics'>,
  lane: Lane = { ledger: emptyLedger(settings.evaluation.lane_ms), defers: false },
): RuleEvaluator {
  return new RuleEvaluator({ budget: budgetOf(settings), overdue: metrics.overdue, ...lane })
}

export type Lane = Pick<EvaluatorOptions, 'ledger' | 'defers'>

function budgetOf({ evaluation, limits }: Settings): EvaluationBudget {
  return { ...evaluation, rule_bytes: limits.inline_value_bytes }
}
