import type { Scope } from '../../../expressions/scope.ts'

/** What the templates of a rule can look at: the event, the configuration of the rule's pack, keys, and the moment. */
export const ruleScope: Scope = { roots: ['event', 'pack', 'config', 'keystore', 'system'] }
