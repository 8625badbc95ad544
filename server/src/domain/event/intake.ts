import type { Database, Transaction } from '../../database/database.ts'
import { NaturalBatch } from '../../natural-batch.ts'
import { Problem } from '../../problem.ts'
import { accepted, type Emission, resolve } from './emission.ts'
import { create, reserveIds, type Stored } from './queries.ts'

/**
 * Takes single events of concurrent requests: those of a moment are looked up, stored and published in one
 * transaction. One that is refused costs the others nothing.
 */
export type EventIntake = { accept(emission: Emission): Promise<Stored> }

export function createEventIntake(database: Database): EventIntake {
  const batch = new NaturalBatch<Emission, Stored | Problem>(
    (emissions) => database.transaction((tx) => storeAcceptable(tx, emissions)),
    { max: 200, lanes: 2 },
  )
  return {
    async accept(emission) {
      const outcome = await batch.add(emission)
      if (outcome instanceof Problem) throw outcome
      return outcome
    },
  }
}

async function storeAcceptable(
  tx: Transaction,
  emissions: readonly Emission[],
): Promise<(Stored | Problem)[]> {
  const [resolved, ids] = await Promise.all([resolve(tx, emissions), reserveIds(tx, emissions.length)])
  const stored = await create(tx, accepted(resolved), ids)
  const rest = stored.values()
  return resolved.map((event) => (event instanceof Problem ? event : nextOf(rest)))
}

function nextOf(stored: Iterator<Stored, undefined>): Stored {
  const { value } = stored.next()
  if (value === undefined) throw new Error('Fewer events were stored than there were.')
  return value
}

/** Stores all of them or none. Each that is refused is named by its place: `events.3.trigger_ref`. */
export async function acceptAll(tx: Transaction, wanted: readonly (Emission | Problem)[]): Promise<Stored[]> {
  const resolved = await resolve(tx, wanted)
  const problems = resolved.flatMap((event, index) =>
    event instanceof Problem ? [{ index, problem: event }] : [],
  )
  const [first] = problems
  if (first !== undefined) throw refusalOf(problems, first.problem)
  return create(tx, accepted(resolved), await reserveIds(tx, resolved.length))
}

/** Codes that say more than "this list is wrong". */
const TELLING: ReadonlySet<string> = new Set(['FORBIDDEN', 'PAYLOAD_TOO_LARGE'])

function refusalOf(problems: readonly { index: number; problem: Problem }[], first: Problem): Problem {
  const code = TELLING.has(first.code) ? first.code : 'UNPROCESSABLE_ENTITY'
  const details = problems.flatMap(({ index, problem }) =>
    problem.details.map(({ field, message }) => ({ field: `events.${index}.${field}`, message })),
  )
  const count = problems.length === 1 ? '1 event is' : `${problems.length} events are`
  return new Problem(
    code,
    `${count} refused, so none was stored: ${details[0]?.field} ${details[0]?.message}.`,
    details,
  )
}
