import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import { answerableFor } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import { type OpenDeadLetter, lockOpen, resolve } from '../../../messages/dead-letter.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { type AuditEntry, record } from '../../audit/record.ts'
import type { DeadLetter } from './dead-letter.ts'
import { clearWhereNoneIsOpen } from './growth.ts'
import { type DeadLetterFilter, find, matching } from './list.ts'
import { replay, type SettledDeadLetter } from './replay.ts'

/** Letters that one call resolves at most. */
export const MOST_AT_ONCE = 1000

type ResolutionVerb = 'replayed' | 'discarded'

type ResolutionOutcome = {
  resolved: number
  /** Letters that stay open, each with why. */
  refused: { id: Id<'dead_letter'>; error: string }[]
  /** Whether more letters match than one call resolves. */
  more: boolean
}

/** Resolves one letter; a second time is a conflict. */
export async function resolveOne(
  tx: Transaction,
  id: Id<'dead_letter'>,
  verb: ResolutionVerb,
  by: RequestContext,
): Promise<DeadLetter> {
  const letters = await lockOpen(tx, sql`id = ${id}`, 1)
  if (letters.length === 0) throw await whyNot(tx, id)
  const [refused] = (await settle(tx, letters, verb, by)).flatMap((one) =>
    one.kind === 'refused' ? [one.problem] : [],
  )
  if (refused !== undefined) throw refused
  return get(tx, id)
}

/** Resolves the oldest letters that a filter names; what is refused stays open and is told. */
export async function resolveMatching(
  tx: Transaction,
  filter: DeadLetterFilter,
  verb: ResolutionVerb,
  by: RequestContext,
): Promise<ResolutionOutcome> {
  const found = await lockOpen(tx, matching(filter), MOST_AT_ONCE + 1)
  const results = await settle(tx, found.slice(0, MOST_AT_ONCE), verb, by)
  const refused = results.flatMap((one) =>
    one.kind === 'refused' ? [{ id: one.letter.id, error: one.problem.message }] : [],
  )
  return { resolved: results.length - refused.length, refused, more: found.length > MOST_AT_ONCE }
}

export async function get(db: Queryable, id: Id<'dead_letter'>): Promise<DeadLetter> {
  const letter = await find(db, id)
  if (letter === undefined) throw missing(id)
  return letter
}

async function settle(
  tx: Transaction,
  letters: readonly OpenDeadLetter[],
  verb: ResolutionVerb,
  by: RequestContext,
): Promise<SettledDeadLetter[]> {
  const results = verb === 'replayed' ? await replay(tx, letters) : letters.map(asDiscarded)
  const done = results.filter((result) => result.kind === 'resolved')
  const resolved_by = answerableFor(by.caller)
  await resolve(
    tx,
    done.map(({ letter, new_execution }) => ({ id: letter.id, status: verb, resolved_by, new_execution })),
  )
  await record(
    tx,
    done.map((one) => entryOf(one, verb, by)),
  )
  await clearWhereNoneIsOpen(
    tx,
    done.map(({ letter }) => letter.queue),
  )
  return results
}

function asDiscarded(letter: OpenDeadLetter): SettledDeadLetter {
  return { kind: 'resolved', letter, new_execution: null }
}

function entryOf(
  { letter, new_execution }: SettledDeadLetter & { kind: 'resolved' },
  verb: ResolutionVerb,
  by: RequestContext,
): AuditEntry {
  const { id, queue, type, reason, message_id } = letter
  return {
    category: 'admin',
    event_type: `dead_letter.${verb}`,
    outcome: 'success',
    ...actorOf(by),
    resource_type: 'dead_letter',
    resource_id: id,
    details: { queue, type, reason, message_id, ...(new_execution === null ? {} : { new_execution }) },
  }
}

async function whyNot(db: Queryable, id: Id<'dead_letter'>): Promise<Problem> {
  const { status, resolved_at } = await get(db, id)
  return new Problem(
    'CONFLICT',
    status === 'open'
      ? `Dead letter ${id} is being resolved by somebody else at this moment.`
      : `Dead letter ${id} was ${status} at ${resolved_at} and is not resolved twice.`,
  )
}

function missing(id: Id<'dead_letter'>): Problem {
  return new Problem('NOT_FOUND', `There is no dead letter ${id}.`)
}
