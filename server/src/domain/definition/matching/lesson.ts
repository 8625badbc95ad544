import type { RuleWants } from '../key/queries.ts'
import type { RuleDefinition } from './candidates.ts'

/** A rule as it is written, with the secrets of its pack's configuration in place. */
export type Definition = RuleDefinition & { config_secrets: string[]; stamp: string }

/** What compiling a rule has shown: which keys it asks for, or why it cannot be compiled. */
export type Learned =
  /** `reads_secrets`: the configuration of its pack has some. */
  { kind: 'ready'; asks: RuleWants; reads_secrets: boolean } | { kind: 'broken'; message: string }

/** A rule that was compiled once. It can be again: whoever evaluates may have had to begin anew. */
export type Lesson = { definition: Definition; learned: Learned }
