import type { Queryable } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { openConfigs } from '../pack/config-secrets.ts'
import { type Candidate, findDefinitions } from './candidates.ts'
import type { Evaluator } from './evaluator.ts'
import type { Lesson } from './lesson.ts'

export type Teaching = { cipher: Cipher; evaluator: Evaluator }

/**
 * What is known of the candidates, by rule: those that are new or changed are fetched and compiled first. They are
 * kept under a stamp that moves with everything a rule is made from, so that one that changed is never answered from
 * what it was; which rules there are is read for every batch.
 */
export async function lessonsOf(
  db: Queryable,
  { cipher, evaluator }: Teaching,
  candidates: readonly Candidate[],
): Promise<Map<Id<'rule'>, Lesson>> {
  const strange = candidates.filter(({ stamp }) => evaluator.known(stamp) === undefined)
  const learned = new Map<string, Lesson>()
  if (strange.length > 0) {
    const stamps = new Map(strange.map(({ id, stamp }) => [id, stamp]))
    const found = await openConfigs(db, cipher, await findDefinitions(db, [...stamps.keys()]))
    const lessons = await evaluator.learn(found.map((one) => ({ ...one, stamp: stamps.get(one.id) ?? '' })))
    for (const lesson of lessons) learned.set(lesson.definition.stamp, lesson)
  }
  return new Map(
    candidates.flatMap(({ id, stamp }) => {
      const lesson = learned.get(stamp) ?? evaluator.known(stamp)
      return lesson === undefined ? [] : [[id, lesson] as const]
    }),
  )
}
