import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import type { RuleDecision } from '../src/domain/definition/matching/decision.ts'
import type { Id } from '../src/id.ts'
import { isJsonObject, type Json, type JsonObject } from '../src/json.ts'
import { apiRoutes } from '../src/services/api.ts'
import { serveOver } from './api.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { type Running, running } from './running.ts'

const TRIGGERS = 20
const RULES = 5
const EVENTS = 5
const marker = { $attune_secret: true, redacted: true }

/** Conditions that hold, do not hold, fail, are broken, in both forms. */
const condition = fc.oneof(
  fc.constant(null),
  fc
    .tuple(
      fc.constantFrom(
        'event.payload.n > 2',
        'event.payload.s == "a"',
        'event.payload.s in ["a", "b"]',
        'has(event.payload.deep.x)',
        'not (event.payload.n > 1)',
        'event.payload.missing == 1',
        'event.payload.s > 1',
        'event.payload.n / event.payload.zero > 1',
        'starts_with(event.payload.s, "a")',
        'event.payload.n >',
        'system.timestamp == 1',
      ),
      fc.constantFrom('and', 'or'),
      fc.constantFrom('event.payload.flag', 'event.payload.n <= 5', 'event.payload.deep.x == "b"'),
    )
    .map(([left, operator, right]) => ({ expression: `${left} ${operator} ${right}` })),
  fc.array(
    fc.record({
      field: fc.constantFrom('n', 's', 'flag', 'deep.x', 'missing'),
      operator: fc.constantFrom(
        'equals',
        'not_equals',
        'gt',
        'lt',
        'exists',
        'starts_with',
        'in',
        'unheard_of',
      ),
      value: fc.constantFrom<Json>(1, 3, 'a', true, ['a', 3]),
    }),
    { maxLength: 3 },
  ),
)

/** Templates with values, missing paths, errors, secrets where they may stand and where not, and the moment. */
const params = fc.record(
  {
    text: fc.constantFrom(
      '{{ event.payload.s }} is {{ event.payload.n }}',
      '{{ event.payload.missing }}',
      '{{ event.payload.s - 1 }}',
      '{{ system.timestamp }}',
      '{{ config.token }}',
      '{{ config.plain }} of {{ event.id }} for {{ system.rule.ref }}',
      '{{ event.payload.n',
    ),
    key: fc.constantFrom('{{ config.token }}', '{{ event.payload.s }}', 'typed in'),
    whole: fc.constantFrom('{{ event.payload }}', '{{ event.payload.deep }}'),
  },
  { requiredKeys: [] },
)

const payload = fc.record(
  {
    n: fc.integer({ min: 0, max: 6 }),
    s: fc.constantFrom('a', 'b', 'ab', ''),
    zero: fc.constant(0),
    flag: fc.boolean(),
    deep: fc.oneof(fc.constant('flat'), fc.record({ x: fc.constantFrom('a', 'b') })),
  },
  { requiredKeys: ['n'] },
)

type Pair = {
  event: Id<'event'>
  trigger_ref: string
  created: string
  recorded: RuleDecision
  config: Json
}

describe('engine, test, plan, explain and trace decide alike', () => {
  let attune: Running
  let api: Awaited<ReturnType<typeof serveOver>>
  let token: string
  let pairs: Pair[]

  beforeAll(async () => {
    attune = await running('postgres', [])
    api = await serveOver(attune, apiRoutes(attune, {}))
    token = await api.token()
    await makeRulesAndEvents()
    await attune.start(['sensor'])
    await eventually(
      () =>
        attune.database.one<{ decided: number }>(sql`select count(*)::int as decided from event_decision`),
      ({ decided }) => decided === TRIGGERS * EVENTS,
    )
    pairs = await attune.database.many(sql`
      select e.id as event, e.trigger_ref, e.created, x as recorded, f.config
      from event e
      join event_decision d on d.event = e.id
      cross join jsonb_array_elements(d.decisions) x
      left join enforcement f on f.event = e.id and f.rule = (x->>'rule')::bigint
      order by e.id, x->>'rule_ref'`)
  })
  afterAll(async () => {
    await api.close()
    await attune.end()
  })

  async function makeRulesAndEvents(): Promise<void> {
    const db = attune.database
    const pack = await given.pack(db, {
      config: { token: 'very secret', plain: 'visible' },
      conf_schema: { token: { type: 'string', secret: true } },
    })
    const action = await given.action(db, {
      pack: pack.id,
      param_schema: { text: { type: 'string' }, key: { type: 'string', secret: true }, whole: {} },
    })
    const rules = fc.sample(
      fc.record({ conditions: condition, action_params: params, off: fc.integer({ max: 9, min: 0 }) }),
      {
        numRuns: TRIGGERS * RULES,
        seed: 20_310_506,
      },
    )
    const payloads = fc.sample(payload, { numRuns: TRIGGERS * EVENTS, seed: 7_081_945 })
    for (let t = 0; t < TRIGGERS; t += 1) {
      const trigger = await given.trigger(db, { pack: pack.id })
      for (const { off, ...rule } of rules.slice(t * RULES, (t + 1) * RULES))
        await given.rule(db, {
          ...rule,
          conditions: rule.conditions ?? {},
          pack: pack.id,
          trigger: trigger.id,
          action: action.id,
          enabled: off > 0,
        })
      const events = payloads
        .slice(t * EVENTS, (t + 1) * EVENTS)
        .map((each) => ({ trigger_ref: trigger.ref, payload: each }))
      const made = await api.call('POST /api/v1/events/batch', {
        token,
        body: { events: structuredClone(events) },
      })
      if (made.status !== 201) throw new Error(JSON.stringify(made.body))
    }
  }

  async function dataOf(what: `${string} ${string}`, body?: JsonObject): Promise<JsonObject> {
    const { status, body: answer } = await api.call(what, body === undefined ? { token } : { token, body })
    if (status !== 200 || !isJsonObject(answer.data)) throw new Error(`${what}: ${JSON.stringify(answer)}`)
    return answer.data
  }

  function listIn(value: Json | undefined): JsonObject[] {
    return Array.isArray(value) ? value.filter(isJsonObject) : []
  }

  test('five hundred pairs reach every outcome', () => {
    expect(pairs).toHaveLength(TRIGGERS * RULES * EVENTS)
    expect(new Set(pairs.map(({ recorded }) => recorded.outcome))).toEqual(
      new Set(['matched', 'not_matched', 'disabled', 'error']),
    )
    const keys = pairs.flatMap(({ config }) => (isJsonObject(config) ? [config.key ?? null] : []))
    expect(keys).toContainEqual(marker)
  })

  test('the test of a rule gives the decision that was recorded and the parameters of the enforcement', async () => {
    for (const { event, recorded, config } of pairs) {
      const tested = await dataOf(`POST /api/v1/rules/${recorded.rule_ref}/test`, { event })

      expect(tested.decision).toEqual(recorded)
      expect(tested.config).toEqual(config)
    }
  })

  test('a plan of an unchanged rule changes nothing', async () => {
    for (const ref of new Set(pairs.map(({ recorded }) => recorded.rule_ref))) {
      const mine = pairs.filter(({ recorded }) => recorded.rule_ref === ref)
      const plan = await dataOf('POST /api/v1/rules/plan', { rule: { ref } })

      const matched = mine.filter(({ recorded }) => recorded.outcome === 'matched').length
      expect(plan).toMatchObject({
        events: EVENTS,
        appear: 0,
        disappear: 0,
        stay: matched,
        changes: [],
        next: null,
      })
      expect(plan.planned).toEqual(plan.recorded)
    }
  })

  test('a plan of a rule under a new ref gives every decision and every parameter anew', async () => {
    for (const ref of new Set(pairs.map(({ recorded }) => recorded.rule_ref))) {
      const rule = await dataOf(`GET /api/v1/rules/${ref}`)
      const fields = [
        'pack_ref',
        'label',
        'action_ref',
        'trigger_ref',
        'conditions',
        'action_params',
        'enabled',
      ]
      const copy = Object.fromEntries(fields.map((field) => [field, rule[field] ?? null]))
      const plan = await dataOf('POST /api/v1/rules/plan', { rule: { ...copy, ref: 'demo.copy' } })

      const appearing = pairs.filter(
        ({ recorded }) => recorded.rule_ref === ref && recorded.outcome === 'matched',
      )
      expect(plan.appear).toBe(appearing.length)
      for (const change of listIn(plan.changes)) {
        const { recorded, config } = pairs.find(
          ({ event, recorded: { rule_ref } }) => event === change.event && rule_ref === ref,
        ) ?? { recorded: undefined, config: null }
        expect(change.planned).toEqual({ ...recorded, rule: 0, rule_ref: 'demo.copy', version: 0 })
        if (!JSON.stringify(config).includes(ref)) expect(change.config).toEqual(config)
      }
    }
  })

  test('explain and trace tell what was recorded', async () => {
    for (const ref of new Set(pairs.map(({ recorded }) => recorded.rule_ref))) {
      const account = await dataOf(`GET /api/v1/rules/${ref}/explain`)
      for (const { event, recorded } of listIn(account.last).map((last) => ({
        event: last.event,
        recorded: last.recorded,
      })))
        expect(recorded).toEqual(
          pairs.find((pair) => pair.event === event && pair.recorded.rule_ref === ref)?.recorded,
        )
      expect(listIn(account.last)).toHaveLength(EVENTS)
    }
    for (const event of new Set(pairs.map((pair) => pair.event))) {
      const trace = await dataOf(`GET /api/v1/events/${event}/trace`)
      expect(trace.rules).toEqual(
        pairs.filter((pair) => pair.event === event).map(({ recorded }) => recorded),
      )
    }
  })
})
