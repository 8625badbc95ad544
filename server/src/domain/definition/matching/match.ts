import { ExpressionError } from '../../../expressions/error.ts'
import type { Watch } from '../../../expressions/frame.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { RuleDecision } from './decision.ts'
import { type ExtractedSecret, redact, sourceUnder } from '../../secret/redact.ts'
import type { Candidate } from './candidates.ts'
import type { Compilation, CompiledRule } from './compiled.ts'
import type { MatchedEvent, SecretAccess } from './matched-event.ts'
import { type EvaluationOptions, evaluateConditions } from './conditions.ts'
import type { RuleOwnership } from './candidates.ts'
import { type VisibleEvent, visibleEvent } from './visible-event.ts'

/**
 * What a matched rule asks for: rendered parameters, and where in them secrets stand. `sources` are the secrets that
 * they were made from: whoever runs the action hides them too, or it could take a made-up one apart.
 */
export type Firing = {
  config: JsonObject
  secret_pointers: string[]
  sources: ExtractedSecret[]
  conditions: Json
  /** In whose place they were rendered. */
  ownership: RuleOwnership
}

export type RuleOutcome = {
  decision: RuleDecision
  firing: Firing | undefined
  /** Whether it took longer than it may. */
  overdue: boolean
  /** About how large what it renders is. */
  bytes: number
}

export type DecideOptions = {
  /** What `now()` says: RFC 3339 in UTC. */
  now: string
  watch?: Watch
  /** What the parameters may take as JSON. */
  max_bytes?: number
  /** On which secrets whoever wrote the rule may decide, or make something of them. Default: on all. */
  may?: SecretAccess
}

const MAY_NOT = {
  event:
    'The rule decides on a secret of the event, which takes keys:decrypt without constraints: whoever saves the rule must hold that, or the rule leave the secret alone.',
  config:
    "The rule makes more of a secret than to hand it on, which takes packs:configure for the rule's pack and, for secrets of events, keys:decrypt without constraints: whoever saves the rule must hold that, or the rule pass the secret on as it is.",
} as const

function aboutRule({ id, ref, version }: Candidate) {
  return { rule: id, rule_ref: ref, version }
}

/** What is decided where the rule could not be asked. */
export function failed(candidate: Candidate, reason: string): RuleOutcome {
  return nothingBy({ ...aboutRule(candidate), outcome: 'error', reason })
}

/** What stands in the place of a decision that the slow lane will make. */
export function deferred(candidate: Candidate, reason: string): RuleOutcome {
  return nothingBy({ ...aboutRule(candidate), outcome: 'deferred', reason })
}

function nothingBy(decision: RuleDecision, overdue = false): RuleOutcome {
  return { decision, firing: undefined, overdue, bytes: 0 }
}

/** Decides what one rule does with one event. Pure: the engine, the tester, explain and plan all ask here. */
export function decide(
  event: MatchedEvent,
  candidate: Candidate,
  compilation: Compilation | undefined,
  options: DecideOptions,
): RuleOutcome {
  const about = aboutRule(candidate)
  const none = (decision: Omit<RuleDecision, keyof typeof about>, overdue = false): RuleOutcome =>
    nothingBy({ ...about, ...decision }, overdue)

  if (!candidate.enabled) return none({ outcome: 'disabled', reason: 'The rule is disabled.' })
  if (!candidate.trigger_enabled)
    return none({ outcome: 'disabled', reason: `The trigger ${candidate.trigger_ref} is disabled.` })
  if (compilation === undefined)
    return none({ outcome: 'error', reason: 'The rule was deleted while it was looked at.' })
  if (compilation.kind === 'broken') return none({ outcome: 'error', reason: compilation.message })

  const seen = { ...event, visible: visibleEvent(event) }
  const verdict = evaluateConditions(
    compilation.rule.conditions,
    seen.visible,
    conditionOptions(event, options),
  )
  switch (verdict.kind) {
    case 'not_matched':
      return none({ outcome: 'not_matched', clause: verdict.clause, compared: verdict.compared })
    case 'secret':
      return none({ outcome: 'error', reason: MAY_NOT.event })
    case 'error': {
      const { message: reason, clause, overdue } = verdict
      return none({ outcome: 'error', reason, ...(clause === undefined ? {} : { clause }) }, overdue)
    }
    case 'matched': {
      const rendered = render(seen, candidate, compilation.rule, options)
      if ('reason' in rendered) return none({ outcome: 'error', reason: rendered.reason }, rendered.overdue)
      const { firing, bytes } = rendered
      return { decision: { ...about, outcome: 'matched' }, firing, overdue: false, bytes }
    }
  }
}

function conditionOptions({ secrets }: MatchedEvent, { now, watch, may }: DecideOptions): EvaluationOptions {
  return {
    now,
    ...(watch === undefined ? {} : { watch }),
    ...(secrets === undefined ? {} : { secrets: inEvent(secrets), on_secrets: may?.event ?? true }),
  }
}

const inEvent = (pointers: readonly string[]) => pointers.map((pointer) => `/payload${pointer}`)

type Refused = { reason: string; overdue?: boolean }

function render(
  event: MatchedEvent & { visible: VisibleEvent },
  candidate: Candidate,
  rule: CompiledRule,
  { now, watch, max_bytes, may }: DecideOptions,
): { firing: Firing; bytes: number } | Refused {
  const [refused] = rule.keystore.refused.values()
  if (refused !== undefined) return { reason: refused }
  const context = {
    roots: {
      event: event.visible,
      pack: { config: rule.pack_config },
      config: rule.pack_config,
      keystore: rule.keystore.values,
      system: { timestamp: now, rule: { id: candidate.id, ref: candidate.ref } },
    },
    ...secretsOf(rule, event),
    now,
    ...(watch === undefined ? {} : { watch }),
  }
  const blind = seesNotAll(rule, event, may)
  try {
    const { value, secret_paths, computed, bytes } = rule.params.render(context, max_bytes)
    if (computed && blind) return { reason: MAY_NOT.config }
    const config = rule.parameters.coerce(isJsonObject(value) ? value : {})
    const firing = firingOf({ rule, event }, config, secret_paths)
    return 'reason' in firing ? firing : { firing, bytes }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    if (error.kind === 'secret' && blind) return { reason: MAY_NOT.config }
    return { reason: error.message, overdue: error.kind === 'time' }
  }
}

/** Whether there are secrets that whoever wrote the rule may not see. */
function seesNotAll(
  rule: CompiledRule,
  { secrets = [] }: MatchedEvent,
  may: SecretAccess | undefined,
): boolean {
  if (may === undefined) return false
  return (!may.config && rule.config_secrets.length > 0) || (!may.event && secrets.length > 0)
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
): Firing | Refused {
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

function sourcesOf(
  { pack_config, config_secrets, keystore }: CompiledRule,
  event: MatchedEvent,
): ExtractedSecret[] {
  return [
    ...redact(pack_config, config_secrets).secrets.map(sourceUnder('config')),
    ...redact(event.payload, event.secrets ?? []).secrets.map(sourceUnder('event.payload')),
    ...Object.entries(keystore.values).map(([name, value]) =>
      sourceUnder('keystore')({ pointer: `/${name}`, value }),
    ),
  ]
}
