import * as enforcements from '../domain/flow/enforcement/queries.ts'
import type { Transaction } from '../database/database.ts'
import type { Enforcement } from '../domain/flow/enforcement/enforcement.ts'
import type { RuleDecision } from '../domain/definition/matching/decision.ts'
import type { Event } from '../domain/flow/event/event.ts'
import type { Candidate } from '../domain/definition/matching/candidates.ts'
import { noteErrors } from '../domain/definition/rule/last-error.ts'
import { knownRulesOf } from '../domain/definition/matching/compile-unknown.ts'
import type { Ledger } from '../domain/definition/matching/debt.ts'
import type { Evaluator, FiredRule, EventDecisions } from '../domain/definition/matching/evaluator.ts'
import { emptyKeystore, keystoresOf } from '../domain/definition/matching/keystore.ts'
import { asMatched, type MatchedEvent, mayFire } from '../domain/definition/matching/matched-event.ts'
import { secretAccessIn, secretAccessOfRules } from '../domain/definition/matching/secret-access.ts'
import type { Cipher } from '../domain/secret/cipher.ts'
import { type ExtractedSecret, holdsMarker, redact, restore } from '../domain/secret/redact.ts'
import { reveal, store } from '../domain/secret/queries.ts'
import { secondsBetween } from '../observe/hop.ts'
import type { Id } from '../id.ts'
import { isJsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import type { FailureLines } from './failure-lines.ts'

/* What both lanes do with events and rules: the quick one with all events, the slow one with what it put off. */

export type MatchingContext = { evaluator: Evaluator; ledger: Ledger; cipher: Cipher; log: Log }

/** An event, and what `now()` says to its rules. */
export type MatchRequest = { event: Event; now: string }

export type FiredForEvent = FiredRule & { event: Event }

/** The days that the events of a batch lie in: only their partitions are read. */
export function boundsOf(batch: readonly { event_created: string }[]): { from: string; to: string } {
  const times = batch.map((message) => Date.parse(message.event_created)) // milliseconds; the rows have microseconds
  return {
    from: new Date(Math.min(...times)).toISOString(),
    to: new Date(Math.max(...times) + 1).toISOString(),
  }
}

/**
 * Decides about every event with each of the candidates that it may fire, as they are now, read once for the whole
 * batch. Events that fire none are not shown to the evaluator.
 */
export async function decisionsOfEvents(
  tx: Transaction,
  asking: readonly MatchRequest[],
  candidates: readonly Candidate[],
  { evaluator, cipher }: MatchingContext,
): Promise<EventDecisions[]> {
  const shown = asking.filter(({ event }) => candidates.some((candidate) => mayFire(event, candidate)))
  if (shown.length === 0) return asking.map(() => nothing)
  const known = await knownRulesOf(tx, { evaluator, cipher }, candidates)
  const keystores = await keystoresOf(tx, known.values(), { cipher })
  const seen = await revealed(
    tx,
    shown.map(({ event }) => event),
    cipher,
  )
  const access = await secretAccessOfRules(tx, known.values(), seen.size > 0)
  const judgements = await evaluator.decide({
    asked: candidates.map((candidate) => ({
      candidate,
      known: known.get(candidate.id),
      keystore: keystores.get(candidate.id) ?? emptyKeystore,
      may: secretAccessIn(access, candidate.id),
    })),
    events: shown.map(({ event, now }) => ({ event: seen.get(event.id) ?? asMatched(event), now })),
  })
  // Each event then has its own time.
  if (judgements.length < shown.length)
    throw new Error(`Matching ${shown.length} events takes longer than a batch may; they go one by one.`)
  const byEvent = new Map(shown.map(({ event }, place) => [event.id, judgements[place]]))
  return asking.map(({ event }) => byEvent.get(event.id) ?? nothing)
}

const nothing: EventDecisions = { decisions: [], fired: [] }

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

/** Writes the enforcements of rules that fired and says so to the executor. Answers how long their events took. */
export async function enforce(
  tx: Transaction,
  fired: readonly FiredForEvent[],
  cipher: Cipher,
): Promise<{ seconds: number[] }> {
  const redactions = new Map<string, ExtractedSecret[]>()
  const wanted = fired.map(({ event, decision, firing }) => {
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
      conditions: firing.conditions,
      correlation_id: event.correlation_id,
      ...firing.ownership,
    }
  })
  const created = await enforcements.insert(tx, wanted)
  await store(
    tx,
    cipher,
    'enforcement_config',
    created.map(({ id, event, rule }) => ({
      id,
      secrets: redactions.get(keyOf(event, rule)) ?? [],
      source_kind: 'parameter_schema',
    })),
  )
  const events = new Map(
    fired.map(({ event, decision }) => [keyOf(event.id, decision.rule), { event, decision }]),
  )
  const told = created.flatMap((row) => {
    const from = events.get(keyOf(row.event, row.rule))
    return from === undefined ? [] : [{ row, ...from }]
  })
  await enforcements.publishCreated(tx, told.map(toldOf))
  return { seconds: told.map(({ row, event }) => secondsBetween(event.created, row.created)) }
}

function toldOf({
  row,
  event,
  decision,
}: {
  row: enforcements.Inserted
  event: Event
  decision: RuleDecision
}) {
  const { trigger_ref, correlation_id, payload } = event
  const { rule_ref } = decision
  return { ...row, rule_ref, trigger_ref, correlation_id, payload: isJsonObject(payload) ? payload : {} }
}

/** The sources are kept where they are not the secrets themselves. */
function withSources(
  secrets: readonly ExtractedSecret[],
  sources: readonly ExtractedSecret[],
): ExtractedSecret[] {
  const known = new Set(secrets.map(({ value }) => JSON.stringify(value)))
  return [...secrets, ...sources.filter(({ value }) => !known.has(JSON.stringify(value)))]
}

const keyOf = (event: Enforcement['event'], rule: Enforcement['rule']) => `${event} ${rule}`

/** Tells of rules that could not be evaluated. */
export async function noteFailures(
  tx: Transaction,
  decisions: readonly RuleDecision[],
  tell: FailureLines,
): Promise<void> {
  const errors = decisions.filter(({ outcome }) => outcome === 'error')
  tell(errors)
  await noteErrors(tx, lastByRule(errors))
}

function lastByRule(errors: readonly RuleDecision[]): { rule: Id<'rule'>; message: string }[] {
  return [...new Map(errors.map(({ rule, reason }) => [rule, { rule, message: reason ?? '' }])).values()]
}
