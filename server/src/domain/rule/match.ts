import { ExpressionError } from '../../expressions/error.ts'
import type { Id } from '../../id.ts'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { RuleDecision } from '../event/decision.ts'
import { type CutOut, redact, sourceUnder } from '../secret/redact.ts'
import type { Candidate } from './candidates.ts'
import type { Compilation, CompiledRule } from './compiled.ts'
import { evaluateConditions } from './conditions.ts'
import type { RuleOwnership } from './queries.ts'

/** What of an event rules can see. */
export type MatchedEvent = {
  id: Id<'event'>
  trigger_ref: string
  payload: Json
  created: string
  rule: Id<'rule'> | null
  /** What of the payload is secret, as JSON pointers. */
  secrets?: readonly string[]
}

/**
 * What a matched rule asks for: rendered parameters, and where in them secrets stand. `sources` are the secrets that
 * they were made from: whoever runs the action hides them too, or it could take a made-up one apart.
 */
export type Firing = {
  config: JsonObject
  secret_pointers: string[]
  sources: CutOut[]
  conditions: Json
  /** In whose place they were rendered. */
  ownership: RuleOwnership
}

export type Outcome = { decision: RuleDecision; firing: Firing | undefined }

/**
 * Decides what one rule does with one event. Pure: the engine, the tester, explain and plan all ask here.
 * `now` is RFC 3339 in UTC.
 */
export function decide(
  event: MatchedEvent,
  candidate: Candidate,
  compilation: Compilation | undefined,
  now: string,
): Outcome {
  const about = { rule: candidate.id, rule_ref: candidate.ref, version: candidate.version }
  const none = (decision: Omit<RuleDecision, keyof typeof about>): Outcome => ({
    decision: { ...about, ...decision },
    firing: undefined,
  })

  if (!candidate.enabled) return none({ outcome: 'disabled', reason: 'The rule is disabled.' })
  if (!candidate.trigger_enabled)
    return none({ outcome: 'disabled', reason: `The trigger ${candidate.trigger_ref} is disabled.` })
  if (compilation === undefined)
    return none({ outcome: 'error', reason: 'The rule was deleted while it was looked at.' })
  if (compilation.kind === 'broken') return none({ outcome: 'error', reason: compilation.message })

  const verdict = evaluateConditions(compilation.rule.conditions, visible(event), {
    now,
    ...(event.secrets === undefined ? {} : { secrets: inEvent(event.secrets) }),
  })
  switch (verdict.kind) {
    case 'not_matched':
      return none({ outcome: 'not_matched', clause: verdict.clause, compared: verdict.compared })
    case 'error':
      return none({
        outcome: 'error',
        reason: verdict.message,
        ...(verdict.clause === undefined ? {} : { clause: verdict.clause }),
      })
    case 'matched': {
      const rendered = render(event, candidate, compilation.rule, now)
      if ('reason' in rendered) return none({ outcome: 'error', reason: rendered.reason })
      return { decision: { ...about, outcome: 'matched' }, firing: rendered }
    }
  }
}

/** The rules that an event may fire: the one it is bound to, else every rule of its trigger. */
export function candidatesFor<C extends Pick<Candidate, 'id' | 'trigger_ref'>>(
  event: MatchedEvent,
  candidates: readonly C[],
): C[] {
  return event.rule === null
    ? candidates.filter((candidate) => candidate.trigger_ref === event.trigger_ref)
    : candidates.filter(
        (candidate) => candidate.id === event.rule && candidate.trigger_ref === event.trigger_ref,
      )
}

function visible({ id, trigger_ref, payload, created }: MatchedEvent) {
  return { id, trigger: trigger_ref, trigger_ref, payload, created }
}

const inEvent = (pointers: readonly string[]) => pointers.map((pointer) => `/payload${pointer}`)

function render(
  event: MatchedEvent,
  candidate: Candidate,
  rule: CompiledRule,
  now: string,
): Firing | { reason: string } {
  const [refused] = rule.keystore.refused.values()
  if (refused !== undefined) return { reason: refused }
  try {
    const { value, secret_paths } = rule.params.render({
      roots: {
        event: visible(event),
        pack: { config: rule.pack_config },
        config: rule.pack_config,
        keystore: rule.keystore.values,
        system: { timestamp: now, rule: { id: candidate.id, ref: candidate.ref } },
      },
      ...secretsOf(rule, event),
      now,
    })
    return firingOf({ rule, event }, isJsonObject(value) ? value : {}, secret_paths)
  } catch (error) {
    if (error instanceof ExpressionError) return { reason: error.message }
    throw error
  }
}

/** Nothing is marked where nothing is secret: then rendering keeps no book. */
function secretsOf({ config_secrets, asks }: CompiledRule, { secrets = [] }: MatchedEvent) {
  if (config_secrets.length + asks.names.length + secrets.length === 0) return {}
  return {
    secrets: {
      config: config_secrets,
      pack: config_secrets.map((pointer) => `/config${pointer}`),
      keystore: [''],
      event: inEvent(secrets),
    },
  }
}

/** A secret may go only where the action declares one; whatever goes there is treated as one. */
function firingOf(
  { rule, event }: { rule: CompiledRule; event: MatchedEvent },
  config: JsonObject,
  secretPaths: readonly string[],
): Firing | { reason: string } {
  const leaking = secretPaths.filter((pointer) => !rule.parameters.isSecretPath(pointer))
  if (leaking.length > 0) {
    return {
      reason: `Secret value cannot be assigned to non-secret parameter path(s): ${leaking.join(', ')}; declare them secret in the action.`,
    }
  }
  const declared = rule.parameters.collectSecrets(config).map(({ pointer }) => pointer)
  return {
    config,
    secret_pointers: [...new Set([...secretPaths, ...declared])],
    sources: secretPaths.length > 0 ? sourcesOf(rule, event) : [],
    conditions: rule.source,
    ownership: rule.ownership,
  }
}

function sourcesOf({ pack_config, config_secrets, keystore }: CompiledRule, event: MatchedEvent): CutOut[] {
  return [
    ...redact(pack_config, config_secrets).secrets.map(sourceUnder('config')),
    ...redact(event.payload, event.secrets ?? []).secrets.map(sourceUnder('event.payload')),
    ...Object.entries(keystore.values).map(([name, value]) =>
      sourceUnder('keystore')({ pointer: `/${name}`, value }),
    ),
  ]
}
