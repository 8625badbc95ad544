import type { Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import {
  isReplayable,
  type OpenDeadLetter,
  type ReplayableType,
  publishAgain,
} from '../../../messages/dead-letter.ts'
import { isMessageType } from '../../../messages/messages.ts'
import { Problem } from '../../../problem.ts'
import { createReplays } from '../../flow/execution/create.ts'
import { lostAccount } from '../../flow/execution/queries.ts'
import { type ExecutionStatus, isTerminal } from '../../flow/execution/status.ts'
import { executionOf } from './end-execution.ts'

/** What became of a letter that was to be resolved. */
export type SettledDeadLetter =
  | { kind: 'resolved'; letter: OpenDeadLetter; new_execution: Id<'execution'> | null }
  | { kind: 'refused'; letter: OpenDeadLetter; problem: Problem }

/** The execution that a letter is about, and the latest attempt at the same work. */
type Subject = {
  id: Id<'execution'>
  status: ExecutionStatus
  updated: string
  latest: Id<'execution'>
  latest_status: ExecutionStatus
  /** Why the account that the latest runs as starts nothing any more. */
  lost_account: string | null
}

/**
 * Brings what locked letters are about on its way again. An execution that has ended stays ended: its work is begun
 * anew as a further attempt. Every other message is said again.
 */
export async function replay(
  tx: Transaction,
  letters: readonly OpenDeadLetter[],
): Promise<SettledDeadLetter[]> {
  const subjects = await subjectsOf(tx, letters)
  const plans = letters.map((letter) => ({ letter, plan: planOf(letter, subjects) }))
  await publishAgain(
    tx,
    plans.flatMap(({ plan }) => (plan.kind === 'say' ? [plan.letter] : [])),
  )
  const begun = await createReplays(tx, [
    ...new Set(plans.flatMap(({ plan }) => (plan.kind === 'attempt' ? [plan.after] : []))),
  ])
  return plans.map(({ letter, plan }): SettledDeadLetter => {
    if (plan.kind === 'refuse') return { kind: 'refused', letter, problem: plan.problem }
    if (plan.kind === 'say') return { kind: 'resolved', letter, new_execution: null }
    const new_execution = begun.get(plan.after)
    return new_execution === undefined
      ? { kind: 'refused', letter, problem: overtaken(letter) }
      : { kind: 'resolved', letter, new_execution }
  })
}

type Plan =
  | { kind: 'say'; letter: ReplayableType }
  | { kind: 'attempt'; after: Id<'execution'> }
  | { kind: 'refuse'; problem: Problem }

function planOf(letter: OpenDeadLetter, subjects: ReadonlyMap<number, Subject>): Plan {
  if (!isReplayable(letter)) return { kind: 'refuse', problem: notOurs(letter) }
  if (letter.type !== 'ExecutionRequested' && letter.type !== 'ExecutionDispatched')
    return { kind: 'say', letter }
  const subject = subjects.get(executionOf(letter.payload) ?? 0)
  if (subject === undefined) return { kind: 'refuse', problem: gone(letter) }
  if (isTerminal(subject.status)) return attemptOf(letter, subject)
  const waits =
    letter.type === 'ExecutionRequested'
      ? subject.status === 'requested'
      : subject.status === 'scheduled' && subject.updated === letter.payload['scheduled_attempt_updated_at']
  return waits
    ? { kind: 'say', letter }
    : { kind: 'refuse', problem: movedOn(letter, subject.id, subject.status) }
}

/** Work that is being done, or has been done well since, is not done twice. */
function attemptOf(letter: OpenDeadLetter, { latest, latest_status, lost_account }: Subject): Plan {
  if (lost_account !== null) return { kind: 'refuse', problem: lostAccountOf(letter, latest, lost_account) }
  return !isTerminal(latest_status) || latest_status === 'completed'
    ? { kind: 'refuse', problem: movedOn(letter, latest, latest_status) }
    : { kind: 'attempt', after: latest }
}

function notOurs({ id, type }: OpenDeadLetter): Problem {
  const reason = isMessageType(type)
    ? `Its payload does not have the shape that ${type} has`
    : `${type} is not a message of this version`
  return new Problem(
    'UNPROCESSABLE_ENTITY',
    `Dead letter ${id} cannot be said again. ${reason}; have its sender repeat it and discard the letter.`,
  )
}

function gone({ id }: OpenDeadLetter): Problem {
  return new Problem(
    'UNPROCESSABLE_ENTITY',
    `The execution that dead letter ${id} is about does not exist any more; discard the letter.`,
  )
}

function movedOn({ id }: OpenDeadLetter, execution: Id<'execution'>, status: ExecutionStatus): Problem {
  return new Problem(
    'CONFLICT',
    `Dead letter ${id} has nothing left to do: execution ${execution} is ${status}. Discard the letter.`,
  )
}

function lostAccountOf({ id }: OpenDeadLetter, execution: Id<'execution'>, lost: string): Problem {
  return new Problem(
    'CONFLICT',
    `Dead letter ${id} is about execution ${execution}. ${lost}; run its action again as somebody who may, and discard the letter.`,
  )
}

function overtaken({ id }: OpenDeadLetter): Problem {
  return new Problem(
    'CONFLICT',
    `Another attempt began while dead letter ${id} was replayed; look at its execution and replay again if need be.`,
  )
}

async function subjectsOf(
  tx: Transaction,
  letters: readonly OpenDeadLetter[],
): Promise<Map<number, Subject>> {
  const ids = letters.flatMap(({ payload }) => executionOf(payload) ?? [])
  const found = await tx.many<Subject>(sql`
    select e.id, e.status, e.updated, latest.id as latest, latest.status as latest_status,
      ${lostAccount(sql`latest`, sql`i`)} as lost_account
    from execution e
    cross join lateral (
      select a.id, a.status, a.executor
      from execution a
      where a.id = coalesce(e.original_execution, e.id) or a.original_execution = coalesce(e.original_execution, e.id)
      order by a.retry_count desc
      limit 1) latest
    left join identity i on i.id = latest.executor
    where e.id = any(${ids})`)
  return new Map(found.map((subject) => [subject.id, subject]))
}
