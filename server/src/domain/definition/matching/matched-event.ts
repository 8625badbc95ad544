import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import type { Candidate } from './candidates.ts'

/** What of an event rules can see. */
export type MatchedEvent = {
  id: Id<'event'>
  trigger_ref: string
  payload: Json
  created: string
  rule: Id<'rule'> | null
  /** What is kept with it, and who sent it. */
  config?: Json | undefined
  source_ref?: string | null | undefined
  /** What of the payload is secret, as JSON pointers. */
  secrets?: readonly string[]
}

/** Of an event what rules can see. */
export function asMatched(event: MatchedEvent): MatchedEvent {
  const { id, trigger_ref, payload, created, rule, config, source_ref } = event
  return { id, trigger_ref, payload, created, rule, config, source_ref }
}

/**
 * Which secrets somebody may see. What decides on one, or makes more of it than to hand it on, tells about it letter by
 * letter; keys are not here, because a rule gets only those that its owner may decrypt.
 */
export type SecretAccess = { event: boolean; config: boolean }

/** Whether an event may fire a rule: the one that it is bound to, else every rule of its trigger. */
export function mayFire(
  event: Pick<MatchedEvent, 'rule' | 'trigger_ref'>,
  candidate: Pick<Candidate, 'id' | 'trigger_ref'>,
): boolean {
  return candidate.trigger_ref === event.trigger_ref && (event.rule === null || candidate.id === event.rule)
}
