import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { anyJson, anyObject, nullable } from '../../../database/row.ts'
import { answerableFor, type Caller } from '../../caller/caller.ts'
import { rowId } from '../../../http/parameter.ts'
import { item, read, type Route } from '../../../http/route.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import { RuleDecision } from '../matching/decision.ts'
import { packOf, requireCreate } from '../../access/permission/change.ts'
import { allows, authorize } from '../../caller/scope.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { accountOf, RuleAccount } from './account.ts'
import { findOne } from '../matching/considered.ts'
import { isChanged, prepare, type RuleTest, testRule, RuleDraft } from './draft.ts'
import type { Evaluator } from '../matching/evaluator.ts'
import { asMatched, type MatchedEvent } from '../matching/matched-event.ts'
import { MAX_PLANNED, momentOf, Plan, plan } from './plan.ts'
import { readableBy } from '../form/definition.ts'
import { findByRef } from '../form/rows.ts'
import { rule as definition } from './rule.ts'
import { noSuchRule } from './write.ts'

const reading = {
  tag: 'rules',
  access: ['rules', 'read'],
  scoped: true,
  tokens: ['access', 'execution'],
} as const
const byRef = Type.Object({ ref: Type.String() })
const closed = { additionalProperties: false } as const

/** Why a rule fires or does not, and what it would do: nothing here writes, but that secrets were decided on. */
export function ruleExplainRoutes(deps: ExplainDeps): Route[] {
  return [explainRoute, planRoute(deps), testSavedRoute(deps), testDraftRoute(deps)]
}

type ExplainDeps = { cipher: Cipher; evaluator: Evaluator }

/** `7d`, `12h`, `30m`, `90s`, or a moment. */
const since = Type.Optional(
  Type.String({
    maxLength: 40,
    description: 'How far back: a duration such as 7d, 12h, 30m or 90s, or a moment in RFC 3339.',
  }),
)

const explainRoute = read({
  ...reading,
  method: 'GET',
  path: '/api/v1/rules/{ref}/explain',
  also: [['events', 'read']],
  summary: 'Why a rule fires or does not',
  description: 'Needs events:read too: it tells what was recorded about events.',
  params: byRef,
  query: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Last events. Default 10.' })),
    since,
  }),
  success: { 200: item(RuleAccount) },
  refusals: [404],
  async handle({ db, params: { ref }, query, caller }) {
    const rule = await findByRef(db, definition, ref, readableBy(definition, caller))
    if (rule === undefined) throw noSuchRule(ref)
    requireEvents(caller, rule.trigger_ref)
    return {
      data: await accountOf(db, rule, { since: sinceOf(query.since, '24h'), limit: query.limit ?? 10 }),
    }
  },
})

const planRoute = ({ cipher, evaluator }: ExplainDeps): Route =>
  read({
    ...reading,
    method: 'POST',
    path: '/api/v1/rules/plan',
    also: [['events', 'read']],
    summary: 'What a changed rule would have done to stored events',
    description:
      'Runs the rule over the events of its trigger and compares with what was recorded. What is not given is as in the rule of that ref. Needs events:read too, and rules:create where the rule is changed. `next` continues as `before`.',
    body: Type.Object(
      {
        rule: RuleDraft,
        since,
        limit: Type.Optional(
          Type.Integer({ minimum: 1, maximum: MAX_PLANNED, description: 'Default 1000.' }),
        ),
        before: Type.Optional(rowId('event')),
      },
      closed,
    ),
    success: { 200: item(Plan) },
    refusals: [404],
    async handle({ db, body, caller, ...from }) {
      const tested = await prepareFor(db, body.rule, { cipher, evaluator, asking: { caller, ...from } })
      requireEvents(caller, tested.candidate.trigger_ref)
      if (tested.existing !== undefined) requireEvents(caller, tested.existing.trigger_ref)
      const window = {
        since: sinceOf(body.since, '7d'),
        limit: body.limit ?? 1000,
        before: body.before ?? null,
      }
      return { data: await plan(db, { tested, evaluator }, window) }
    },
  })

const sample = {
  payload: Type.Optional(
    Type.Unsafe<Static<typeof anyJson>>({ ...anyJson, description: 'Payload of a made-up event.' }),
  ),
  config: Type.Optional(
    Type.Unsafe<Static<typeof anyJson>>({
      ...anyJson,
      description: 'What is kept with the made-up event, such as `headers` and `query` of a webhook.',
    }),
  ),
  event: Type.Optional(rowId('event')),
}

/** An event to try: one that is stored, or one that is made up. */
type Sample = { payload?: Json; config?: Json; event?: Id<'event'> }

const Tested = Type.Object(
  {
    decision: RuleDecision,
    config: nullable({ ...anyObject, description: 'Rendered parameters, secrets masked.' }),
    parameter_problems: Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
      description: 'What would make the execution fail before it runs.',
    }),
  },
  { title: 'RuleTest' },
)

const testSavedRoute = (deps: ExplainDeps): Route =>
  read({
    ...reading,
    method: 'POST',
    path: '/api/v1/rules/{ref}/test',
    summary: 'What a rule does with an event or a payload',
    description: 'Nothing is stored and nothing runs. A stored event needs events:read.',
    params: byRef,
    body: Type.Object(sample, closed),
    max_body_bytes: Infinity,
    success: { 200: item(Tested) },
    refusals: [404],
    handle: async ({ db, params: { ref }, body, caller, ...from }) => ({
      data: await test(db, await testing(db, { ref }, { ...deps, asking: { caller, ...from } }), body),
    }),
  })

const testDraftRoute = (deps: ExplainDeps): Route =>
  read({
    ...reading,
    method: 'POST',
    path: '/api/v1/rules/test',
    summary: 'What an unsaved rule would do with an event or a payload',
    description:
      'Nothing is stored and nothing runs. What is not given is as in the rule of that ref. Needs rules:create where the rule is changed, and events:read for a stored event.',
    body: Type.Object({ rule: RuleDraft, ...sample }, closed),
    max_body_bytes: Infinity,
    success: { 200: item(Tested) },
    refusals: [404],
    handle: async ({ db, body: { rule, ...rest }, caller, ...from }) => ({
      data: await test(db, await testing(db, rule, { ...deps, asking: { caller, ...from } }), rest),
    }),
  })

/**
 * A changed rule reads the pack's configuration, also what of it is secret, in conditions of the caller's making:
 * whoever tries one could save it. A rule that they may not read is none that a draft could stand on.
 */
async function prepareFor(
  db: Queryable,
  draft: RuleDraft,
  { asking, cipher, evaluator }: ExplainDeps & { asking: RequestContext },
): Promise<RuleTest> {
  const { caller } = asking
  const existing = await findByRef(db, definition, draft.ref, readableBy(definition, caller))
  const pack_ref = draft.pack_ref ?? existing?.pack_ref
  if (isChanged(draft) && pack_ref !== undefined) {
    const what = `a rule of the pack '${pack_ref}'`
    const owner = answerableFor(caller)
    requireCreate(caller, ['rules', 'create'], { ref: draft.ref, pack_ref, owner, what })
  }
  const tested = await prepare(db, draft, { existing, caller, cipher, evaluator })
  await recordSecretsTried(db, tested, asking)
  return tested
}

/** Before the answer: what a rule decides about secrets tells about them. */
async function recordSecretsTried(
  db: Queryable,
  { candidate, existing, secrets }: RuleTest,
  asking: RequestContext,
): Promise<void> {
  if (Object.keys(secrets).length === 0) return
  const resource = { resource_type: 'rule', resource_ref: candidate.ref }
  const entry = { category: 'secret', event_type: 'secret.rule.tried', outcome: 'success' } as const
  const id = existing === undefined ? {} : { resource_id: existing.id }
  await record(db, [{ ...entry, ...actorOf(asking), ...resource, ...id, details: secrets }])
}

/** What is told about the events of a trigger is for those who may read them. */
function requireEvents(caller: Caller, trigger_ref: string): void {
  const what = `the events of '${trigger_ref}'`
  authorize(caller, ['events', 'read'], { ref: trigger_ref, pack_ref: packOf(trigger_ref), what })
}

type Testing = { tested: RuleTest; caller: Caller; evaluator: Evaluator }

async function testing(
  db: Queryable,
  draft: RuleDraft,
  deps: ExplainDeps & { asking: RequestContext },
): Promise<Testing> {
  const { asking, evaluator } = deps
  return { tested: await prepareFor(db, draft, deps), caller: asking.caller, evaluator }
}

async function test(
  db: Queryable,
  { tested, caller, evaluator }: Testing,
  given: Sample,
): Promise<Static<typeof Tested>> {
  const { event, now } = await eventOf(db, { tested, caller }, given)
  const [outcome] = await testRule(tested, [{ event: asMatched(event), now }], evaluator)
  if (outcome === undefined) {
    const message = `Event ${event.id} is none of the rule's: it is of ${event.trigger_ref}${event.rule === null ? '' : ' and meant for one other rule'}, the rule listens to ${tested.candidate.trigger_ref}.`
    throw new Problem('UNPROCESSABLE_ENTITY', message, [{ field: 'event', message: 'is of another trigger' }])
  }
  return outcome
}

async function eventOf(
  db: Queryable,
  { tested, caller }: Omit<Testing, 'evaluator'>,
  { payload, config, event: id }: Sample,
): Promise<{ event: MatchedEvent; now: string }> {
  if ((id === undefined) === (payload === undefined)) {
    const details = [{ field: 'payload', message: 'or event must be given, one of them' }]
    throw new Problem('VALIDATION_ERROR', 'Give either a payload or the id of an event.', details)
  }
  if (id === undefined)
    return madeUp(tested, { payload: payload ?? null, ...(config === undefined ? {} : { config }) })
  const event = await findOne(db, id)
  if (event === undefined || !mayRead(caller, event))
    throw new Problem('NOT_FOUND', `There is no event ${id}.`)
  return { event, now: momentOf(event) }
}

function mayRead(caller: Caller, { id, trigger_ref }: MatchedEvent): boolean {
  return allows(caller, ['events', 'read'], { id, ref: trigger_ref, pack_ref: packOf(trigger_ref) })
}

function madeUp(
  { candidate: { trigger_ref } }: RuleTest,
  { payload = null, config }: Pick<Sample, 'payload' | 'config'>,
): { event: MatchedEvent; now: string } {
  const now = new Date().toISOString()
  const id = 0 as Id<'event'> // the brand of an id that no row has
  const from = config === undefined ? {} : { config, source_ref: 'webhook' }
  return { event: { id, trigger_ref, payload, created: now, rule: null, ...from }, now }
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

function sinceOf(given: string | undefined, otherwise: string): string {
  const text = given ?? otherwise
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = Object.entries(units).find(([name]) => name === unit)?.[1]
  const moment = seconds === undefined ? Date.parse(text) : Date.now() - Number(count) * seconds * 1000
  // Before this no PostgreSQL of ours has stored anything, and years beyond four digits are no timestamps.
  if (Number.isNaN(moment) || moment > 253_402_300_799_000) {
    const details = [{ field: 'since', message: 'is neither a duration like 7d nor a moment' }]
    throw new Problem(
      'VALIDATION_ERROR',
      `since: '${text}' is neither a duration like 7d nor a moment.`,
      details,
    )
  }
  return new Date(Math.max(moment, 0)).toISOString()
}
