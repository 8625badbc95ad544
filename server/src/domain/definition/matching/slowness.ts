import type { Candidate } from './candidates.ts'

/** What the rules of one account may cost, and what happens to those that cost more. */
export type EvaluationBudget = {
  /** One rule with one event. */
  evaluation_ms: number
  /** All rules with one event; shared out among accounts. */
  event_ms: number
  /** One batch: what is left of it is taken one by one. */
  batch_ms: number
  /** Slow evaluations of one account in a minute; then its rules get a tenth of the time, and from twice that on none. */
  account_ms: number
  /** What one rule renders. */
  rule_bytes: number
  /** What all rules render for one event; shared out among accounts. */
  event_bytes: number
}

/**
 * Rules and accounts that took too long, and until when that counts. What is changed or switched on again has another
 * stamp and begins anew; its account does not. Times are milliseconds of the wall clock.
 */
export type SlownessRecord = {
  rules: Map<number, { stamp: string; strikes: number; until: number }>
  accounts: Map<string, { slow_ms: number; until: number }>
}

export function noSlowness(): SlownessRecord {
  return { rules: new Map(), accounts: new Map() }
}

const STRIKES = 3
const COUNTS_FOR_MS = 60_000

type Judged = Pick<Candidate, 'id' | 'ref' | 'stamp' | 'account'>

/** How long an evaluation may take now, or why there is none. */
export function allowanceOf(
  { rules, accounts }: SlownessRecord,
  { id, stamp, account }: Judged,
  { now, budget }: { now: number; budget: EvaluationBudget },
): { ms: number } | { refusal: string } {
  const rule = rules.get(id)
  if (rule !== undefined && rule.stamp === stamp && rule.strikes >= STRIKES && now < rule.until) {
    const refusal = `The rule is passed over until ${timeOf(rule.until)}: it took longer than ${budget.evaluation_ms} ms too often; make its conditions and parameters cheaper, or switch it off and on to try again.`
    return { refusal }
  }
  const known = accounts.get(account)
  const slow_ms = known !== undefined && now < known.until ? known.slow_ms : 0
  if (slow_ms >= 2 * budget.account_ms) {
    const refusal = `The rule is passed over until ${timeOf(known?.until ?? now)}: slow rules of its owner have used the ${budget.account_ms} ms of a minute; make them cheaper, or raise evaluation.account_ms.`
    return { refusal }
  }
  return { ms: slow_ms >= budget.account_ms ? Math.max(1, budget.evaluation_ms / 10) : budget.evaluation_ms }
}

function timeOf(moment: number): string {
  return new Date(moment).toISOString().slice(11, 19)
}

/** `stopped`: nothing but the end of its thread could end it, which counts as often enough. */
export type SlowEvaluation = { ms: number; overdue: boolean; stopped?: boolean }

/** Notes an evaluation that was slow. */
export function noteSlow(
  { rules, accounts }: SlownessRecord,
  { id, stamp, account }: Judged,
  { ms, overdue, stopped, now }: SlowEvaluation & { now: number },
): void {
  const until = now + COUNTS_FOR_MS
  const known = accounts.get(account)
  const counted = known !== undefined && now < known.until ? known : { slow_ms: 0, until }
  accounts.set(account, { ...counted, slow_ms: counted.slow_ms + ms })
  if (!overdue) return
  const before = rules.get(id)
  const strikes = before?.stamp === stamp ? before.strikes : 0
  rules.set(id, { stamp, strikes: stopped === true ? STRIKES : strikes + 1, until })
}

/** An evaluation within its time ends a row of strikes. */
export function noteQuick({ rules }: SlownessRecord, { id }: Judged): void {
  if (rules.size > 0) rules.delete(id)
}

/** Forgets what counts no more, so that nothing grows. */
export function forgetPast({ rules, accounts }: SlownessRecord, now: number): void {
  for (const [id, { until }] of rules) if (now >= until + COUNTS_FOR_MS) rules.delete(id)
  for (const [account, { until }] of accounts) if (now >= until) accounts.delete(account)
}
