import type { Transaction } from '../database/database.ts'
import type { Enforcement } from '../domain/enforcement/enforcement.ts'
import * as enforcements from '../domain/enforcement/queries.ts'
import type { RuleDecision } from '../domain/event/decision.ts'
import type { Event } from '../domain/event/event.ts'
import { findBetween, recordDecisions } from '../domain/event/queries.ts'
import { type Candidate, findCandidates, noteErrors } from '../domain/rule/candidates.ts'
import type { Compilation, CompiledRules } from '../domain/rule/compiled.ts'
import { withKeystores } from '../domain/rule/keystore.ts'
import { candidatesFor, decide, type Firing, type MatchedEvent } from '../domain/rule/match.ts'
import type { Cipher } from '../domain/secret/cipher.ts'
import { type CutOut, holdsMarker, redact, restore } from '../domain/secret/redact.ts'
import { reveal, store } from '../domain/secret/queries.ts'
import { secondsBetween } from '../hop.ts'
import type { Id } from '../id.ts'
import { isJsonObject } from '../json.ts'
import type { Log } from '../log.ts'
import type { Handler } from '../messages/consume.ts'
import type { Heard } from '../messages/messages.ts'

export type MatchingContext = { rules: CompiledRules; cipher: Cipher; log: Log }

type Fired = { event: Event; decision: RuleDecision; firing: Firing }

/**
 * EventCreated → EnforcementCreated
 *
 * Matches events with the rules of their triggers, renders the parameters of the actions, and records for every
 * event what was decided and why. An event with a record was handled by an earlier delivery and is left alone.
 */
export function eventsToEnforcements({ rules, cipher, log }: MatchingContext): Handler<'EventCreated'> {
  return async (tx, batch) => {
    const [events, candidates] = await Promise.all([findEvents(tx, batch), findRules(tx, batch)])
    const compiled = await withKeystores(tx, await rules.of(tx, candidates), { cipher })
    const seen = await revealed(tx, events, cipher)
    const { decided, fired } = match(events, candidates, { compiled, seen })
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
      return [event.id, { ...event, payload, secrets: own.map(({ pointer }) => pointer) }]
    }),
  )
}

type Known = {
  compiled: ReadonlyMap<Id<'rule'>, Compilation>
  seen: ReadonlyMap<Id<'event'>, MatchedEvent>
}

/** Decides about every event with what the rules are now, read once for the whole batch. */
function match(events: readonly Event[], candidates: readonly Candidate[], { compiled, seen }: Known) {
  const now = new Date().toISOString()
  const fired: Fired[] = []
  const decided = events.map((event) => ({
    event: event.id,
    created: event.created,
    decided_at: now,
    decisions: candidatesFor(event, candidates).map((candidate) => {
      const { decision, firing } = decide(
        seen.get(event.id) ?? event,
        candidate,
        compiled.get(candidate.id),
        now,
      )
      if (firing !== undefined) fired.push({ event, decision, firing })
      return decision
    }),
  }))
  return { decided, fired }
}

/** Writes the enforcements of rules that fired and says so to the executor. */
async function enforce(tx: Transaction, fired: readonly Fired[], cipher: Cipher): Promise<Enforcement[]> {
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
