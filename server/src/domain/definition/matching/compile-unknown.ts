import type { Queryable } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { openConfigs } from '../pack/config-secrets.ts'
import { type Candidate, findDefinitions } from './candidates.ts'
import type { Evaluator } from './evaluator.ts'
import type { KnownRule } from './known-rule.ts'

export type CompileContext = { cipher: Cipher; evaluator: Evaluator }

/**
 * What is known of the candidates, by rule: those that are new or changed are fetched and compiled first. They are
 * kept under a stamp that moves with everything a rule is made from, so that one that changed is never answered from
 * what it was; which rules there are is read for every batch.
 */
export async function knownRulesOf(
  db: Queryable,
  { cipher, evaluator }: CompileContext,
  candidates: readonly Candidate[],
): Promise<Map<Id<'rule'>, KnownRule>> {
  const unknown = candidates.filter(({ stamp }) => evaluator.known(stamp) === undefined)
  const compiled = new Map<string, KnownRule>()
  if (unknown.length > 0) {
    const stamps = new Map(unknown.map(({ id, stamp }) => [id, stamp]))
    const found = await openConfigs(db, cipher, await findDefinitions(db, [...stamps.keys()]))
    const known = await evaluator.compile(found.map((one) => ({ ...one, stamp: stamps.get(one.id) ?? '' })))
    for (const rule of known) compiled.set(rule.definition.stamp, rule)
  }
  return new Map(
    candidates.flatMap(({ id, stamp }) => {
      const known = compiled.get(stamp) ?? evaluator.known(stamp)
      return known === undefined ? [] : [[id, known] as const]
    }),
  )
}
