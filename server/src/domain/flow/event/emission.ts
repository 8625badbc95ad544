import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import { compileParameterSchema } from '../../schema/compile.ts'
import { type ExtractedSecret, redact } from '../../secret/redact.ts'
import type { Trigger } from '../../definition/trigger/trigger.ts'
import type { NewEvent, ScheduledInstant } from './event.ts'

/** What somebody wants to be an event. */
export type Emission = {
  trigger: { ref: string }
  payload: Json
  config?: Json
  /** A sensor is also looked up by its ref. */
  source?: { kind: 'sensor' | 'other'; ref: string }
  /** The only rule it is meant for. One that does not exist is not missed. */
  rule?: Id<'rule'>
  dedupe_key?: string
  /** Of a timer: the instant that it is for. */
  schedule?: ScheduledInstant
  correlation_id?: string
  /** What the emitter may not do with the trigger that was found. */
  refusal?: (trigger: EmittedTrigger) => Problem | undefined
}

export type EmittedTrigger = Pick<Trigger, 'id' | 'ref' | 'pack_ref' | 'enabled'> & {
  /** Schema of its payloads where that says that something in them is secret. */
  secret_schema: Json
}
/** The columns of a trigger `t` that somebody emits. */
export const emittedColumns = sql`
  t.id, t.ref, t.pack_ref, t.enabled,
  case when t.out_schema::text like '%"secret"%' then t.out_schema end as secret_schema`

type BoundRule = { id: Id<'rule'>; ref: string; trigger_ref: string }

/** What a batch of emissions names, as it is now. */
type Targets = {
  triggers: ReadonlyMap<string, EmittedTrigger>
  rules: ReadonlyMap<number, BoundRule>
  sensors: ReadonlyMap<string, Id<'sensor'>>
}

/**
 * The events that emissions become, or why one cannot: each on its own, all with one look-up per table. What was
 * refused before stays refused in its place.
 */
export async function resolve(
  db: Queryable,
  wanted: readonly (Emission | Problem)[],
): Promise<(NewEvent | Problem)[]> {
  const targets = await findTargets(db, accepted(wanted))
  return wanted.map((emission) => (emission instanceof Problem ? emission : resolveOne(emission, targets)))
}

async function findTargets(db: Queryable, emissions: readonly Emission[]): Promise<Targets> {
  const refs = emissions.map(({ trigger }) => trigger.ref)
  const bound = emissions.flatMap(({ rule }) => (rule === undefined ? [] : [rule]))
  const senders = emissions.flatMap(({ source }) => (source?.kind === 'sensor' ? [source.ref] : []))
  const [triggers, rules, sensors] = await Promise.all([
    findTriggers(db, [...new Set(refs)]),
    findRules(db, [...new Set(bound)]),
    findSensors(db, [...new Set(senders)]),
  ])
  return {
    triggers: new Map(triggers.map((trigger) => [trigger.ref, trigger])),
    rules: new Map(rules.map((rule) => [rule.id, rule])),
    sensors: new Map(sensors.map(({ ref, id }) => [ref, id])),
  }
}

/** The array keeps the prepared plan: see findCandidates. */
function findTriggers(db: Queryable, refs: string[]): Promise<EmittedTrigger[]> {
  return db.many(sql`
    select ${emittedColumns}
    from trigger t
    where t.ref = any(array(select unnest(${refs}::text[])))`)
}

async function findRules(db: Queryable, ids: Id<'rule'>[]): Promise<BoundRule[]> {
  return ids.length === 0 ? [] : db.many(sql`select id, ref, trigger_ref from rule where id = any(${ids})`)
}

async function findSensors(db: Queryable, refs: string[]): Promise<{ id: Id<'sensor'>; ref: string }[]> {
  return refs.length === 0 ? [] : db.many(sql`select id, ref from sensor where ref = any(${refs})`)
}

/** The event that an emission becomes whose trigger is known, and which names nothing else. */
export function resolveFor(emission: Emission, trigger: EmittedTrigger): NewEvent | Problem {
  const triggers = new Map([[trigger.ref, trigger]])
  return resolveOne(emission, { triggers, rules: new Map(), sensors: new Map() })
}

function resolveOne(emission: Emission, targets: Targets): NewEvent | Problem {
  const trigger = targets.triggers.get(emission.trigger.ref)
  if (trigger === undefined) return unknownTrigger(emission)
  const refusal = emission.refusal?.(trigger)
  if (refusal !== undefined) return refusal
  if (!trigger.enabled) {
    return problem('CONFLICT', 'trigger_ref', `the trigger '${trigger.ref}' is disabled; enable it first`)
  }
  const rule = emission.rule === undefined ? undefined : targets.rules.get(emission.rule)
  if (rule !== undefined && rule.trigger_ref !== trigger.ref) return foreignRule(rule, trigger)
  const sealed = seal(trigger, emission.payload)
  if (sealed instanceof Problem) return sealed
  return newEvent(emission, { trigger, rule, sensors: targets.sensors, sealed })
}

type Sealed = { redacted: Json; secrets: ExtractedSecret[] }

/** Cuts out what the trigger declares secret, before it is stored or said anywhere. */
function seal({ ref, secret_schema }: EmittedTrigger, payload: Json): Sealed | Problem {
  if (secret_schema === null) return { redacted: payload, secrets: [] }
  try {
    const found = compileParameterSchema(secret_schema).collectSecrets(payload)
    return redact(
      payload,
      found.map(({ pointer }) => pointer),
    )
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return problem(
      'CONFLICT',
      'trigger_ref',
      `the out_schema of the trigger '${ref}' is not valid; correct it`,
    )
  }
}

export function unknownTrigger({ trigger: { ref } }: Pick<Emission, 'trigger'>): Problem {
  return problem('NOT_FOUND', 'trigger_ref', `there is no trigger '${ref}'`)
}

function foreignRule(rule: BoundRule, trigger: EmittedTrigger): Problem {
  return problem(
    'BAD_REQUEST',
    'trigger_instance_id',
    `the rule '${rule.ref}' belongs to the trigger '${rule.trigger_ref}', not to '${trigger.ref}'`,
  )
}

type Found = {
  trigger: EmittedTrigger
  rule: BoundRule | undefined
  sensors: ReadonlyMap<string, Id<'sensor'>>
  sealed: Sealed
}

function newEvent(emission: Emission, { trigger, rule, sensors, sealed }: Found): NewEvent {
  const { config, dedupe_key, correlation_id, schedule } = emission
  return {
    trigger: trigger.id,
    trigger_ref: trigger.ref,
    payload: sealed.redacted,
    secrets: sealed.secrets,
    config: config ?? null,
    ...sourceOf(emission, sensors),
    rule: rule?.id ?? null,
    rule_ref: rule?.ref ?? null,
    dedupe_key: dedupe_key ?? null,
    correlation_id: correlation_id ?? null,
    schedule,
  }
}

function sourceOf({ source }: Emission, sensors: Found['sensors']): Pick<NewEvent, 'source' | 'source_ref'> {
  if (source === undefined) return { source: null, source_ref: null }
  const sensor = source.kind === 'sensor' ? sensors.get(source.ref) : undefined
  return { source: sensor ?? null, source_ref: source.ref }
}

/** Those that were not refused. */
export function accepted<Wanted extends object>(outcomes: readonly (Wanted | Problem)[]): Wanted[] {
  return outcomes.flatMap((outcome) => (outcome instanceof Problem ? [] : [outcome]))
}

function problem(code: Problem['code'], field: string, message: string): Problem {
  return new Problem(code, `${field}: ${message}.`, [{ field, message }])
}
