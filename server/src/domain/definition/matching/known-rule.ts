import type { KeysOfRule } from '../key/queries.ts'
import type { RuleDefinition } from './candidates.ts'

/** A rule as it is written, with the secrets of its pack's configuration in place. */
export type RuleToCompile = RuleDefinition & { config_secrets: string[]; stamp: string }

/** What compiling a rule has shown: which keys it asks for, or why it cannot be compiled. */
export type KnownOutcome =
  /** `reads_secrets`: the configuration of its pack has some. */
  { kind: 'ready'; asks: KeysOfRule; reads_secrets: boolean } | { kind: 'broken'; message: string }

/** A rule that was compiled once. It can be again: whoever evaluates may have had to begin anew. */
export type KnownRule = { definition: RuleToCompile; learned: KnownOutcome }
