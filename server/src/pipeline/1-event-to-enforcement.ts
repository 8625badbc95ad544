import type { Transaction } from '../database/database.ts'
import type { Enforcement } from '../domain/flow/enforcement/enforcement.ts'
import * as enforcements from '../domain/flow/enforcement/queries.ts'
import type { RuleDecision } from '../domain/definition/matching/decision.ts'
import type { Event } from '../domain/flow/event/event.ts'
import { findBetween, recordDecisions } from '../domain/flow/event/queries.ts'
import { type Candidate, findCandidates, noteErrors } from '../domain/definition/matching/candidates.ts'
import { lessonsOf } from '../domain/definition/matching/compiled.ts'
import type { Evaluator, Fired, Judgement } from '../domain/definition/matching/evaluator.ts'
import { emptyKeystore, keystoresOf } from '../domain/definition/matching/keystore.ts'
import { asMatched, type MatchedEvent } from '../domain/definition/matching/match.ts'
import { sightIn, sightsOf } from '../domain/definition/matching/sight.ts'
import type { Cipher } from '../domain/secret/cipher.ts'
import { type CutOut, holdsMarker, redact, restore } from '../domain/secret/redact.ts'
import { reveal, store } from '../domain/secret/queries.ts'
import { secondsBetween } from '../observe/hop.ts'
import type { Id } from '../id.ts'
import { isJsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import type { Handler } from '../messages/consume.ts'
import type { Heard } from '../messages/messages.ts'

type MatchingContext = { evaluator: Evaluator; cipher: Cipher; log: Log }

type FiredBy = Fired & { event: Event }

/**
 * EventCreated → EnforcementCreated
 *
 * Matches events with the rules of their triggers, renders the parameters of the actions, and records for every
 * event what was decided and why. An event with a record was handled by an earlier delivery and is left alone.
 *
 * What users have written is evaluated elsewhere and within a budget (`Evaluator`), while this transaction holds
 * nothing but its own messages.
 */
export function eventsToEnforcements(context: MatchingContext): Handler<'EventCreated'> {
  const { cipher, log } = context
  return async (tx, batch) => {
    const [events, candidates] = await Promise.all([findEvents(tx, batch), findRules(tx, batch)])
    const { decided, fired } = await match(tx, events, candidates, context)
    const news = await recordDecisions(tx, decided)
    const created = await enforce(
      tx,
      fired.filter(({ event }) => news.has(event.id)),
      cipher,
    )

    const errors = decided.flatMap(({ decisions }) => decisions.filter(({ outcome }) => outcome === 'error'))
    for (const { rule_ref, reason } of errors) log.warn({ rule_ref, reason }, 'rule could not be evaluated')
    await noteErrors(tx, lastByRule(errors))
    return {
      repeated: batch.length - news.size,
      hops: { event_to_enforcement: created.flatMap(sinceEvent) },
    }
  }
}

function findEvents(tx: Transaction, batch: readonly Heard<'EventCreated'>[]): Promise<Event[]> {
  const ids = batch.map((message) => message.event_id)
  return findBetween(tx, ids, boundsOf(batch))
}

/** Every rule of a trigger, but for an event that is meant for one rule only that one. */
function findRules(tx: Transaction, batch: readonly Heard<'EventCreated'>[]): Promise<Candidate[]> {
  const open = batch.filter((message) => message.rule_id === null)
  return findCandidates(
    tx,
    [...new Set(open.map((message) => message.trigger_ref))],
    batch.flatMap(({ rule_id }) => (rule_id === null ? [] : [rule_id])),
  )
}

/** The days that the events of a batch lie in: only their partitions are read. */
function boundsOf(batch: readonly Heard<'EventCreated'>[]): { from: string; to: string } {
  const times = batch.map((message) => Date.parse(message.event_created)) // milliseconds; the rows have microseconds
  return {
    from: new Date(Math.min(...times)).toISOString(),
    to: new Date(Math.max(...times) + 1).toISOString(),
  }
}

/** Events whose payload holds secrets, as rules see them; the rows keep the markers. */
async function revealed(
  tx: Transaction,
  events: readonly Event[],
  cipher: Cipher,
): Promise<Map<Id<'event'>, MatchedEvent>> {
  const secretive = events.filter(({ payload }) => holdsMarker(payload))
  const secrets = await reveal(
    tx,
    cipher,
    'event_payload',
    secretive.map(({ id }) => id),
  )
  return new Map(
    secretive.map((event) => {
      const own = secrets.get(event.id) ?? []
      const payload = restore(event.payload, own)
      return [event.id, { ...asMatched(event), payload, secrets: own.map(({ pointer }) => pointer) }]
    }),
  )
}

/** Decides about every event with what the rules are now, read once for the whole batch. */
async function match(
  tx: Transaction,
  events: readonly Event[],
  candidates: readonly Candidate[],
  context: MatchingContext,
) {
  const lessons = await lessonsOf(tx, context, candidates)
  const keystores = await keystoresOf(tx, lessons.values(), context)
  const seen = await revealed(tx, events, context.cipher)
  const sights = await sightsOf(tx, lessons.values(), seen.size > 0)
  const now = new Date().toISOString()
  const judgements = await context.evaluator.judge({
    asked: candidates.map((candidate) => ({
      candidate,
      lesson: lessons.get(candidate.id),
      keystore: keystores.get(candidate.id) ?? emptyKeystore,
      may: sightIn(sights, candidate.id),
    })),
    sittings: events.map((event) => ({ event: seen.get(event.id) ?? asMatched(event), now })),
  })
  // Each event then has its own time.
  if (judgements.length < events.length)
    throw new Error(`Matching ${events.length} events takes longer than a batch may; they go one by one.`)
  return { decided: events.map(recordOf(judgements, now)), fired: events.flatMap(firedBy(judgements)) }
}

const recordOf = (judgements: readonly Judgement[], decided_at: string) => (event: Event, place: number) => ({
  event: event.id,
  created: event.created,
  decided_at,
  decisions: judgements[place]?.decisions ?? [],
})

const firedBy =
  (judgements: readonly Judgement[]) =>
  (event: Event, place: number): FiredBy[] =>
    (judgements[place]?.fired ?? []).map((fired) => ({ ...fired, event }))

/** Writes the enforcements of rules that fired and says so to the executor. */
async function enforce(tx: Transaction, fired: readonly FiredBy[], cipher: Cipher): Promise<Enforcement[]> {
  const redactions = new Map<string, CutOut[]>()
  const created = await enforcements.insert(
    tx,
    fired.map(({ event, decision, firing }) => {
      const { redacted, secrets } = redact(firing.config, firing.secret_pointers)
      if (secrets.length > 0)
        redactions.set(keyOf(event.id, decision.rule), withSources(secrets, firing.sources))
      return {
        rule: decision.rule,
        rule_ref: decision.rule_ref,
        trigger_ref: event.trigger_ref,
        event: event.id,
        event_created: event.created,
        config: redacted,
        payload: isJsonObject(event.payload) ? event.payload : {},
        conditions: firing.conditions,
        correlation_id: event.correlation_id,
        ...firing.ownership,
      }
    }),
  )
  const secretive = created.map(({ id, event, rule }) => ({
    id,
    secrets: redactions.get(keyOf(event, rule)) ?? [],
    source_kind: 'parameter_schema',
  }))
  await store(tx, cipher, 'enforcement_config', secretive)
  await enforcements.sayCreated(tx, created)
  return created
}

/** The sources are kept where they are not the secrets themselves. */
function withSources(secrets: readonly CutOut[], sources: readonly CutOut[]): CutOut[] {
  const known = new Set(secrets.map(({ value }) => JSON.stringify(value)))
  return [...secrets, ...sources.filter(({ value }) => !known.has(JSON.stringify(value)))]
}

function sinceEvent({ event_created, created }: Enforcement): number[] {
  return event_created === null ? [] : [secondsBetween(event_created, created)]
}

const keyOf = (event: Id<'event'> | null, rule: Id<'rule'> | null) => `${event} ${rule}`

function lastByRule(errors: readonly RuleDecision[]): { rule: Id<'rule'>; message: string }[] {
  return [...new Map(errors.map(({ rule, reason }) => [rule, { rule, message: reason ?? '' }])).values()]
}
