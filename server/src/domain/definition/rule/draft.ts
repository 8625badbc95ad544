import { randomUUID } from 'node:crypto'
import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import { answerableFor, type Caller } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import { openConfigs } from '../pack/config-secrets.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { allowedRows } from '../../caller/scope.ts'
import { redact } from '../../secret/redact.ts'
import type { RuleDecision } from '../matching/decision.ts'
import { type Candidate, findCandidates } from '../matching/candidates.ts'
import { knownRulesOf } from '../matching/compile-unknown.ts'
import type { Evaluator, EventDecisions, EvaluatedEvent } from '../matching/evaluator.ts'
import type { RuleToCompile, KnownRule } from '../matching/known-rule.ts'
import { emptyKeystore, type Keystore, keystoresOf } from '../matching/keystore.ts'
import type { SecretAccess } from '../matching/matched-event.ts'
import { CreateRule, type Rule } from './rule.ts'
import { authorizeSecretUse, secretAccessOf, usingOf } from '../matching/secret-access.ts'
import { noSuchRule } from './write.ts'

/** A rule to be tried: what is not given is as in the rule of that ref, where there is one. */
export const RuleDraft = Type.Object(
  { ...Type.Partial(CreateRule).properties, ref: CreateRule.properties.ref },
  { title: 'RuleDraft', additionalProperties: false },
)
export type RuleDraft = Static<typeof RuleDraft>

/** A rule as it would be, ready to be asked about events without anything being written. */
export type RuleTest = {
  existing: Rule | undefined
  candidate: Candidate
  known: KnownRule
  keystore: Keystore
  may: SecretAccess
  /** Which secrets it decides on, for the record. */
  secrets: JsonObject
}

/** Whether a draft says more than which rule it is about. */
export function isChanged(draft: RuleDraft): boolean {
  return Object.entries(draft).some(([field, value]) => field !== 'ref' && value !== undefined)
}

/** Who tries a draft, the rule of its ref as far as they may read it, and what opens its secrets and evaluates it. */
type Trying = { caller: Caller; existing: Rule | undefined; cipher: Cipher; evaluator: Evaluator }

/**
 * Makes a draft ready. Refuses what names something that does not exist for the caller; a broken rule decides with
 * its error. Whoever tries a rule reads its keys for themselves, and takes their own time: what it makes of them tells
 * about them.
 */
export async function prepare(db: Queryable, draft: RuleDraft, trying: Trying): Promise<RuleTest> {
  const { existing, caller, cipher } = trying
  if (existing === undefined && !isChanged(draft)) throw noSuchRule(draft.ref)
  const { candidate, known } =
    existing === undefined || isChanged(draft)
      ? await prepareDraft(db, draft, trying)
      : await prepareStored(db, existing, trying)
  const { pack_ref } = known.definition
  const using = usingOf(known.definition, { pack_ref, trigger_ref: candidate.trigger_ref })
  const secrets = known.learned.kind === 'ready' ? await authorizeSecretUse(db, caller, using) : {}
  const keystores = await keystoresOf(db, [known], { cipher, reader: caller })
  return {
    existing,
    candidate: { ...candidate, account: `identity ${answerableFor(caller)}` },
    known,
    keystore: keystores.get(candidate.id) ?? emptyKeystore,
    may: secretAccessOf([caller], pack_ref),
    secrets,
  }
}

/** As the engine reads it. */
async function prepareStored(db: Queryable, existing: Rule, trying: Trying): Promise<Prepared> {
  const [candidate] = await findCandidates(db, [], [existing.id])
  const known =
    candidate === undefined ? undefined : (await knownRulesOf(db, trying, [candidate])).get(existing.id)
  if (candidate === undefined || known === undefined) throw noSuchRule(existing.ref)
  return { candidate, known }
}

type Prepared = Pick<RuleTest, 'candidate' | 'known'>

async function prepareDraft(
  db: Queryable,
  draft: RuleDraft,
  { existing, caller, cipher, evaluator }: Trying,
): Promise<Prepared> {
  const content = contentOf(draft, existing)
  const found = await findSurroundings(db, content, caller)
  if (found === undefined) throw missing('pack_ref', content.pack_ref)
  if (draft.action_ref && !found.action_exists) throw missing('action_ref', draft.action_ref)
  if (draft.trigger_ref && found.trigger_enabled === null) throw missing('trigger_ref', draft.trigger_ref)
  const [opened] = await openConfigs(db, cipher, [found])
  const { id, version } = existing ?? { id: unsaved, version: 0 }
  const stamp = `draft ${randomUUID()}`
  const definition: RuleToCompile = {
    ...found,
    config_secrets: [],
    ...opened,
    owner_identity: null,
    authority_set_refs: null,
    id,
    ref: draft.ref,
    stamp,
    ...content,
  }
  const [known] = await evaluator.compile([definition])
  if (known === undefined) throw new Error('A rule that was to be compiled has no answer.')
  const candidate = {
    id,
    ref: draft.ref,
    version,
    enabled: content.enabled,
    trigger_enabled: found.trigger_enabled === true,
    trigger_ref: content.trigger_ref,
    stamp,
    account: '',
  }
  return { candidate, known }
}

/** The draft over the stored rule; null is the same as not given. */
function contentOf(draft: RuleDraft, existing: Rule | undefined) {
  const below = existing ?? { conditions: {}, action_params: {}, enabled: true, ...nowhere }
  return {
    pack_ref: required('pack_ref', draft.pack_ref ?? below.pack_ref),
    trigger_ref: required('trigger_ref', draft.trigger_ref ?? below.trigger_ref),
    action_ref: required('action_ref', draft.action_ref ?? below.action_ref),
    conditions: draft.conditions ?? below.conditions,
    action_params: draft.action_params ?? below.action_params,
    enabled: draft.enabled ?? below.enabled,
  }
}

const nowhere = { pack_ref: undefined, trigger_ref: undefined, action_ref: undefined }

/** A rule that is not stored has no id yet; rows have ids from one on, so that no event is bound to it. */
const unsaved = 0 as Id<'rule'> // the brand of an id that no row has

function required(field: string, value: string | undefined): string {
  if (value !== undefined) return value
  const details = [{ field, message: 'is missing' }]
  throw new Problem('VALIDATION_ERROR', `There is no such rule yet, so ${field} must be given.`, details)
}

function missing(field: string, ref: string): Problem {
  const message = `There is no ${field.replace('_ref', '')} '${ref}'; register the pack that has it or correct the ref.`
  return new Problem('NOT_FOUND', message, [{ field, message: 'names what does not exist' }])
}

type Surroundings = {
  pack: Id<'pack'>
  action: Id<'action'> | null
  pack_config: Json
  conf_schema: Json
  param_schema: Json
  action_exists: boolean
  trigger_enabled: boolean | null
}

/** What a rule of these refs is compiled with: the same columns as `findDefinitions`, of what the caller may know. */
function findSurroundings(
  db: Queryable,
  refs: { pack_ref: string; action_ref: string; trigger_ref: string },
  caller: Caller,
): Promise<Surroundings | undefined> {
  const action = { id: sql`a.id`, ref: sql`a.ref`, pack_ref: sql`a.pack_ref` }
  const trigger = { id: sql`t.id`, ref: sql`t.ref`, pack_ref: sql`t.pack_ref` }
  const knownAction = sql`(${allowedRows(caller, ['actions', 'read'], action)}
    or ${allowedRows(caller, ['actions', 'execute'], action)})`
  return db.maybe(sql`
    select p.id as pack, a.id as action, p.config as pack_config, p.conf_schema, a.param_schema, a.id is not null as action_exists,
      t.enabled as trigger_enabled
    from pack p
    left join action a on a.ref = ${refs.action_ref} and ${knownAction}
    left join trigger t on t.ref = ${refs.trigger_ref} and ${allowedRows(caller, ['triggers', 'read'], trigger)}
    where p.ref = ${refs.pack_ref}`)
}

/** What the rule does with an event: the decision, and the parameters as an enforcement would store them. */
export type RuleTestOutcome = {
  decision: RuleDecision
  config: JsonObject | null
  parameter_problems: FieldProblem[]
}

/**
 * What the rule does with events, in their order; undefined where an event is none of the rule's. About fewer than
 * there are when that takes too long.
 */
export async function testRule(
  { candidate, known, keystore, may }: RuleTest,
  events: readonly EvaluatedEvent[],
  evaluator: Evaluator,
): Promise<(RuleTestOutcome | undefined)[]> {
  const judgements = await evaluator.decide({
    asked: [{ candidate, known, keystore, may }],
    events,
    check_parameters: true,
  })
  return judgements.map(outcomeOf)
}

function outcomeOf({ decisions: [decision], fired: [fired] }: EventDecisions): RuleTestOutcome | undefined {
  if (decision === undefined) return undefined
  if (fired === undefined) return { decision, config: null, parameter_problems: [] }
  const { redacted } = redact(fired.firing.config, fired.firing.secret_pointers)
  return { decision, config: redacted, parameter_problems: fired.parameter_problems }
}
