import type { Id } from '../../../id.ts'
import type { FieldProblem } from '../../../problem.ts'
import type { RuleDecision } from './decision.ts'
import type { RuleWants } from '../key/queries.ts'
import type { Candidate, RuleDefinition } from './candidates.ts'
import type { Keystore } from './keystore.ts'
import type { Firing, MatchedEvent, Sight } from './match.ts'

/*
 * What may be asked of whoever evaluates rules. It works apart from the loop that serves others, so everything that
 * goes there and comes back is plain data.
 */

/** A rule as it is written, with the secrets of its pack's configuration in place. */
export type Definition = RuleDefinition & { config_secrets: string[]; stamp: string }

/** What compiling a rule has shown: which keys it asks for, or why it cannot be compiled. */
export type Learned =
  /** `reads_secrets`: the configuration of its pack has some. */
  { kind: 'ready'; asks: RuleWants; reads_secrets: boolean } | { kind: 'broken'; message: string }

/** A rule that was compiled once. It can be again: whoever evaluates may have had to begin anew. */
export type Lesson = { definition: Definition; learned: Learned }

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
