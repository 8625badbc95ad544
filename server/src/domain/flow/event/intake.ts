import type { Database, Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import { NaturalBatch } from '../../../waiting/natural-batch.ts'
import { Problem } from '../../../problem.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { store } from '../../secret/queries.ts'
import { accepted, type Emission, type EmittedTrigger, resolve, resolveFor } from './emission.ts'
import type { Event, NewEvent } from './event.ts'
import { create, reserveIds, type StoredEvent } from './queries.ts'
import { noteSchedules } from './schedule.ts'

/**
 * Takes single events of concurrent requests: those of a moment are looked up, stored and published in one
 * transaction. One that is refused costs the others nothing.
 */
export type EventIntake = { accept(emission: Emission): Promise<StoredEvent> }

export function createEventIntake(database: Database, cipher: Cipher): EventIntake {
  const batch = new NaturalBatch<Emission, StoredEvent | Problem>(
    (emissions) => database.transaction((tx) => storeAcceptable(tx, emissions, cipher)),
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

/** What is known of an event before it is stored: its trigger, and the id that it will have. */
type Known = { trigger: EmittedTrigger; id: Id<'event'>; cipher: Cipher }

/** Stores one event in a transaction that has more to do. */
export async function acceptFor(
  tx: Transaction,
  emission: Emission,
  { trigger, id, cipher }: Known,
): Promise<Event | Problem> {
  const event = resolveFor(emission, trigger)
  if (event instanceof Problem) return event
  const [stored] = await createSealed(tx, [event], { ids: [id], cipher })
  if (stored === undefined) throw new Error('Fewer events were stored than there were.')
  return stored.event
}

async function storeAcceptable(
  tx: Transaction,
  emissions: readonly Emission[],
  cipher: Cipher,
): Promise<(StoredEvent | Problem)[]> {
  const [resolved, ids] = await Promise.all([resolve(tx, emissions), reserveIds(tx, emissions.length)])
  const rest = (await createSealed(tx, accepted(resolved), { ids, cipher })).values()
  return resolved.map((event) => (event instanceof Problem ? event : nextOf(rest)))
}

type Sealing = { ids: readonly Id<'event'>[]; cipher: Cipher }

/** Stores events, and their secrets apart from them. */
async function createSealed(
  tx: Transaction,
  list: readonly NewEvent[],
  { ids, cipher }: Sealing,
): Promise<StoredEvent[]> {
  const stored = await create(tx, list, ids)
  const kept = stored.flatMap(({ event, created }, index) => {
    const secrets = list[index]?.secrets ?? []
    return created && secrets.length > 0 ? [{ id: event.id, secrets, source_kind: 'parameter_schema' }] : []
  })
  await store(tx, cipher, 'event_payload', kept)
  await noteSchedules(
    tx,
    stored.flatMap(({ event, created }, index) => {
      const schedule = list[index]?.schedule
      return created && schedule !== undefined ? [{ event, schedule }] : []
    }),
  )
  return stored
}

function nextOf(stored: Iterator<StoredEvent, undefined>): StoredEvent {
  const { value } = stored.next()
  if (value === undefined) throw new Error('Fewer events were stored than there were.')
  return value
}

/** Stores all of them or none. Each that is refused is named by its place: `events.3.trigger_ref`. */
export async function acceptAll(
  tx: Transaction,
  wanted: readonly (Emission | Problem)[],
  cipher: Cipher,
): Promise<StoredEvent[]> {
  const resolved = await resolve(tx, wanted)
  const problems = resolved.flatMap((event, index) =>
    event instanceof Problem ? [{ index, problem: event }] : [],
  )
  const [first] = problems
  if (first !== undefined) throw refusalOf(problems, first.problem)
  return createSealed(tx, accepted(resolved), { ids: await reserveIds(tx, resolved.length), cipher })
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
