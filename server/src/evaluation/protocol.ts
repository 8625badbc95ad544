import type { Candidate } from '../domain/definition/matching/candidates.ts'
import type { EventDecisions, EvaluatedEvent } from '../domain/definition/matching/evaluator.ts'
import type { RuleToCompile, KnownOutcome } from '../domain/definition/matching/known-rule.ts'
import type { Keystore } from '../domain/definition/matching/keystore.ts'
import type { SecretAccess } from '../domain/definition/matching/matched-event.ts'
import type { EvaluationBudget, SlownessRecord } from '../domain/definition/matching/slowness.ts'

/** Compiles rules; each is answered by a part of its own. */
export type CompileRequest = {
  kind: 'compile'
  definitions: readonly RuleToCompile[]
  /** No further rule is begun after so many milliseconds. */
  ends_after_ms: number
}

/** A rule by the stamp under which the thread has it, or what it says instead. */
export type RuleInThread = {
  candidate: Candidate
  keystore: Keystore
  may: SecretAccess
  rule: { kind: 'compiled'; stamp: string } | { kind: 'broken'; message: string } | undefined
}

export type DecideRequest = {
  kind: 'decide'
  /** Rules that the thread does not have yet. */
  definitions: readonly RuleToCompile[]
  asked: readonly RuleInThread[]
  events: readonly EvaluatedEvent[]
  check_parameters: boolean
  budget: EvaluationBudget
  standing: SlownessRecord
  /** What accounts owe, where rules of those in debt are to be put off; undefined: none is. */
  debts: { lane_ms: number; owed: ReadonlyMap<string, number> } | undefined
  /** By event: rules that had to be stopped with it, by their place, and the milliseconds that took. */
  stopped: ReadonlyMap<number, ReadonlyMap<number, number>>
  /** No further event is begun after so many milliseconds. */
  ends_after_ms: number
}

export type EvaluationRequest = CompileRequest | DecideRequest

/** What the rules of an account have cost with one event, beyond what is free. */
export type EvaluationCharge = { account: string; ms: number }

export type AnswerPart =
  | { kind: 'compiled'; learned: KnownOutcome }
  | {
      kind: 'decided'
      judgements: EventDecisions[]
      standing: SlownessRecord
      overdue: number
      charges: EvaluationCharge[]
    }

/** The last word about a request. */
export type RequestEnding = { kind: 'done' } | { kind: 'failed'; error: unknown }

/** Where thread and watcher meet: a count of steps begun, the milliseconds that the step may take, and what it is about. */
export const places = { count: 0, limit_ms: 1, event: 2, rule: 3 } as const
export const PLACES = 4
