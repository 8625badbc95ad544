import type { Candidate } from '../domain/definition/matching/candidates.ts'
import type { Judgement, Sitting } from '../domain/definition/matching/evaluator.ts'
import type { Definition, Learned } from '../domain/definition/matching/lesson.ts'
import type { Keystore } from '../domain/definition/matching/keystore.ts'
import type { Sight } from '../domain/definition/matching/matched-event.ts'
import type { Budget, Standing } from '../domain/definition/matching/standing.ts'

/** Compiles rules; each is answered by a part of its own. */
export type LearnRequest = {
  kind: 'learn'
  definitions: readonly Definition[]
  /** No further rule is begun after so many milliseconds. */
  ends_after_ms: number
}

/** A rule by the stamp under which the thread has it, or what it says instead. */
export type AskedInThread = {
  candidate: Candidate
  keystore: Keystore
  may: Sight
  rule: { kind: 'taught'; stamp: string } | { kind: 'broken'; message: string } | undefined
}

export type JudgeRequest = {
  kind: 'judge'
  /** Rules that the thread does not have yet. */
  definitions: readonly Definition[]
  asked: readonly AskedInThread[]
  sittings: readonly Sitting[]
  check_parameters: boolean
  budget: Budget
  standing: Standing
  /** What accounts owe, where rules of those in debt are to be put off; undefined: none is. */
  debts: { lane_ms: number; owed: ReadonlyMap<string, number> } | undefined
  /** By event: rules that had to be stopped with it, by their place, and the milliseconds that took. */
  stopped: ReadonlyMap<number, ReadonlyMap<number, number>>
  /** No further event is begun after so many milliseconds. */
  ends_after_ms: number
}

export type Request = LearnRequest | JudgeRequest

/** What the rules of an account have cost with one event, beyond what is free. */
export type Charge = { account: string; ms: number }

export type Part =
  | { kind: 'learned'; learned: Learned }
  | { kind: 'judged'; judgements: Judgement[]; standing: Standing; overdue: number; charges: Charge[] }

/** The last word about a request. */
export type Ending = { kind: 'done' } | { kind: 'failed'; error: unknown }

/** Where thread and watcher meet: a count of steps begun, the milliseconds that the step may take, and what it is about. */
export const places = { count: 0, limit_ms: 1, event: 2, rule: 3 } as const
export const PLACES = 4
