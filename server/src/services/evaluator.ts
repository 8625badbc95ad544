import type { Settings } from '../config/settings.ts'
import type { Budget } from '../domain/definition/matching/standing.ts'
import { RuleEvaluator } from '../evaluation/rule-evaluator.ts'
import type { Platform } from './platform.ts'

/** Evaluates rules for one role, in a thread that begins with the first of them. */
export function openEvaluator({ settings, metrics }: Pick<Platform, 'settings' | 'metrics'>): RuleEvaluator {
  return new RuleEvaluator({ budget: budgetOf(settings), overdue: metrics.overdue })
}

function budgetOf({ evaluation, limits }: Settings): Budget {
  return { ...evaluation, rule_bytes: limits.inline_value_bytes }
}
