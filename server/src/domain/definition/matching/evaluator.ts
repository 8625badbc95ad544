import type { Id } from '../../../id.ts'
import type { FieldProblem } from '../../../problem.ts'
import type { RuleDecision } from './decision.ts'
import type { Candidate } from './candidates.ts'
import type { Definition, Lesson } from './lesson.ts'
import type { Keystore } from './keystore.ts'
import type { Firing } from './match.ts'
import type { MatchedEvent, Sight } from './matched-event.ts'

/*
 * What may be asked of whoever evaluates rules. It works apart from the loop that serves others, so everything that
 * goes there and comes back is plain data.
 */

/** A rule that is asked; without a lesson it was deleted meanwhile. */
export type AskedRule = {
  candidate: Candidate
  lesson: Lesson | undefined
  keystore: Keystore
  /** Of whoever wrote the rule, or tries it. */
  may: Sight
}

/** An event, and what `now()` says in its evaluations. */
export type Sitting = { event: MatchedEvent; now: string }

export type Job = {
  /** In the order in which decisions are answered. */
  asked: readonly AskedRule[]
  sittings: readonly Sitting[]
  /** Whether rendered parameters are also held against the action's schema. */
  check_parameters?: boolean
}

export type Fired = { decision: RuleDecision; firing: Firing; parameter_problems: FieldProblem[] }

/** What was decided about one event by each rule that it may fire. */
export type Judgement = { decisions: RuleDecision[]; fired: Fired[] }

export interface Evaluator {
  /** A rule that was compiled before in this form. */
  known(stamp: string): Lesson | undefined
  /** Compiles rules, in their order. One for which there is no time is broken, and not kept. */
  learn(definitions: readonly Definition[]): Promise<Lesson[]>
  /** Decides about events in their order: about fewer than there are when time or room was over before, never about none. */
  judge(job: Job): Promise<Judgement[]>
  /** Lets a rule begin anew that was passed over. */
  forgive(rule: Id<'rule'>): void
}
