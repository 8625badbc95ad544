import { beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { actionRoutes } from '../src/domain/definition/action/routes.ts'
import { enforcementRoutes } from '../src/domain/flow/enforcement/routes.ts'
import { eventRoutes } from '../src/domain/flow/event/routes.ts'
import { executionRoutes } from '../src/domain/flow/execution/routes.ts'
import { ruleExplainRoutes } from '../src/domain/definition/rule/explain-routes.ts'
import { ruleRoutes } from '../src/domain/definition/rule/routes.ts'
import { runtimeRoutes } from '../src/domain/definition/runtime/routes.ts'
import { sensorRoutes } from '../src/domain/definition/sensor/routes.ts'
import { traceRoutes } from '../src/domain/watch/trace/routes.ts'
import { relink } from '../src/domain/definition/rule/queries.ts'
import { triggerRoutes } from '../src/domain/definition/trigger/routes.ts'
import { type Constraints, type Grant, resources } from '../src/domain/caller/permission.ts'
import { isJsonObject, type JsonObject } from '../src/json.ts'
import { type Answer, startApi } from './api.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'

/*
 * Two people with grants on two packs that have nothing in common: neither learns anything of the other's, by any
 * question.
 */

let ours: World
let theirs: World
let token: string

const api = await fixture(
  startApi((parts) => [
    ...actionRoutes({ relink }),
    ...runtimeRoutes(),
    ...triggerRoutes({ relink }),
    ...sensorRoutes(),
    ...ruleRoutes(parts),
    ...ruleExplainRoutes(parts),
    ...eventRoutes(parts),
    ...enforcementRoutes(parts),
    ...executionRoutes(parts),
    ...traceRoutes(),
  ]),
)

beforeAll(async () => {
  ours = await world()
  theirs = await world()
  token = (await api.granted(...everythingIn(ours))).token
})

/** One of everything, in a pack of its own. */
async function world() {
  const { db } = api
  const pack = await given.pack(db)
  const own = { pack: pack.id }
  const runtime = await given.runtime(db, own)
  const action = await given.action(db, { ...own, runtime: runtime.id })
  const sensor = await given.sensor(db, { ...own, runtime: runtime.id })
  const trigger = await given.trigger(db, { ...own, sensor: sensor.id, sensor_ref: sensor.ref })
  const rule = await given.rule(db, { ...own, trigger: trigger.id, action: action.id })
  const event = await given.event(db, { trigger: trigger.id, payload: { pack: pack.ref } })
  const enforcement = await given.enforcement(db, { rule: rule.id, event: event.id, status: 'processed' })
  const execution = await given.execution(db, {
    action: action.id,
    enforcement: enforcement.id,
    status: 'completed',
    result: { pack: pack.ref },
  })
  await db.run(sql`
    insert into event_decision (event, created, decisions, decided_at)
    values (${event.id}, ${event.created}, ${JSON.stringify([decisionOf(rule)])}, now())`)
  return { pack, runtime, action, sensor, trigger, rule, event, enforcement, execution }
}
type World = Awaited<ReturnType<typeof world>>

const decisionOf = (rule: { id: number; ref: string }) => ({
  rule: rule.id,
  rule_ref: rule.ref,
  version: 1,
  outcome: 'matched',
})

function everythingIn({ pack }: { pack: { ref: string } }): Grant[] {
  return Object.entries(resources).map(([resource, actions]) => ({
    resource,
    actions: [...actions],
    constraints: { pack_refs: [pack.ref] },
  }))
}

const call = (what: `${string} ${string}`, body?: JsonObject, as = token) =>
  api.call(what, body === undefined ? { token: as } : { token: as, body })

function rowsOf({ body }: Answer): JsonObject[] {
  return Array.isArray(body.data) ? body.data.filter(isJsonObject) : []
}

function totalOf({ body }: Answer): unknown {
  return isJsonObject(body.pagination) ? body.pagination.total_items : undefined
}

/** The answer with what was asked for taken out, to compare it with the answer about what is not there. */
function blank(answer: Answer, ...named: (string | number)[]): JsonObject {
  const text = named.reduce<string>(
    (rest, name) => rest.replaceAll(String(name), '…'),
    JSON.stringify({ status: answer.status, body: answer.body }),
  )
  const parsed: unknown = JSON.parse(text)
  return isJsonObject(parsed) ? parsed : {}
}

describe.each([
  ['actions', 'ref'],
  ['runtimes', 'ref'],
  ['triggers', 'ref'],
  ['sensors', 'ref'],
  ['rules', 'ref'],
  ['events', 'trigger_ref'],
  ['enforcements', 'rule_ref'],
  ['executions', 'action_ref'],
] as const)('%s', (resource, refField) => {
  const isOurs = (row: JsonObject) => JSON.stringify(row[refField]).startsWith(`"${ours.pack.ref}.`)

  test('a list has what the grants cover, and counts that', async () => {
    const list = await call(`GET /api/v1/${resource}`)

    expect(list.status).toBe(200)
    expect(rowsOf(list)).toHaveLength(1)
    expect(rowsOf(list).every(isOurs)).toBe(true)
    expect(totalOf(list)).toBe(1)
  })

  test('with grants that nothing narrows it has both', async () => {
    const all = await call(
      `GET /api/v1/${resource}`,
      undefined,
      await api.token(`${granting(resource)}:read`),
    )

    expect(totalOf(all)).toBe(2)
  })

  test('one that the grants do not cover is answered like one that is not there', async () => {
    const [theirOwn, absent] = byId.has(resource)
      ? [String(theirs[rowOf(resource)].id), '987654321']
      : [refIn(theirs, resource), `${theirs.pack.ref}.nothing`]
    const mine = byId.has(resource) ? String(ours[rowOf(resource)].id) : refIn(ours, resource)

    const hidden = await call(`GET /api/v1/${resource}/${theirOwn}`)
    const missing = await call(`GET /api/v1/${resource}/${absent}`)

    expect(hidden.status).toBe(404)
    expect(blank(hidden, theirOwn)).toEqual(blank(missing, absent))
    expect((await call(`GET /api/v1/${resource}/${mine}`)).status).toBe(200)
  })
})

const byId: ReadonlySet<string> = new Set(['events', 'enforcements', 'executions'])

function granting(resource: string): string {
  return resource === 'sensors' ? 'triggers' : resource
}

type Kind = 'action' | 'runtime' | 'trigger' | 'sensor' | 'rule' | 'event' | 'enforcement' | 'execution'

function rowOf(resource: `${Kind}s`): Kind {
  const kinds = {
    actions: 'action',
    runtimes: 'runtime',
    triggers: 'trigger',
    sensors: 'sensor',
    rules: 'rule',
    events: 'event',
    enforcements: 'enforcement',
    executions: 'execution',
  } as const
  return kinds[resource]
}

function refIn(from: World, resource: `${Kind}s`): string {
  const row: object = from[rowOf(resource)]
  return String(Reflect.get(row, 'ref'))
}

describe('lists of something', () => {
  test.each(['actions', 'runtimes', 'triggers', 'sensors', 'rules'])(
    'a pack of which nothing is for the caller is not there for %s',
    async (resource) => {
      const hidden = await call(`GET /api/v1/packs/${theirs.pack.ref}/${resource}`)
      const missing = await call(`GET /api/v1/packs/nowhere/${resource}`)

      expect(hidden.status).toBe(404)
      expect(blank(hidden, theirs.pack.ref)).toEqual(blank(missing, 'nowhere'))
      expect(rowsOf(await call(`GET /api/v1/packs/${ours.pack.ref}/${resource}`))).toHaveLength(1)
    },
  )

  test('a pack of which something is for the caller by its ref is there, with that', async () => {
    const constraints: Constraints = { refs: [theirs.action.ref] }
    const one = await api.granted({ resource: 'actions', actions: ['read'], constraints })

    const list = await call(`GET /api/v1/packs/${theirs.pack.ref}/actions`, undefined, one.token)

    expect(rowsOf(list).map(({ ref }) => ref)).toEqual([theirs.action.ref])
  })

  test('the rules of an action or trigger that is not for the caller are those of none', async () => {
    for (const [path, ref] of [
      ['actions', theirs.action.ref],
      ['triggers', theirs.trigger.ref],
    ] as const) {
      const hidden = await call(`GET /api/v1/${path}/${ref}/rules`)
      const missing = await call(`GET /api/v1/${path}/no.such/rules`)

      expect(hidden.status).toBe(404)
      expect(blank(hidden, ref)).toEqual(blank(missing, 'no.such'))
    }
    expect(rowsOf(await call(`GET /api/v1/actions/${ours.action.ref}/rules`))).toHaveLength(1)
    expect((await call(`GET /api/v1/triggers/${theirs.trigger.ref}/sensors`)).status).toBe(404)
    expect(rowsOf(await call(`GET /api/v1/triggers/${ours.trigger.ref}/sensors`))).toHaveLength(1)
  })

  test('filters do not tell what the list does not show', async () => {
    const { pack, trigger, rule, event, enforcement, execution, action, sensor } = theirs
    const filtered = [
      `actions?pack_ref=${pack.ref}`,
      `actions/search?q=${action.ref}`,
      `triggers?pack_ref=${pack.ref}`,
      `sensors?pack_ref=${pack.ref}`,
      `rules?trigger_ref=${trigger.ref}`,
      `events?trigger_ref=${trigger.ref}`,
      `events?trigger=${trigger.id}`,
      `events?source=${sensor.id}`,
      `enforcements?rule=${rule.id}`,
      `enforcements?event=${event.id}`,
      `executions?action_ref=${action.ref}`,
      `executions?pack_name=${pack.ref}`,
      `executions?rule_ref=${rule.ref}`,
      `executions?enforcement=${enforcement.id}`,
      `executions?parent=${execution.id}`,
      `executions?result_contains=${pack.ref}`,
      `executions/status/completed?page=2&page_size=1`,
      `enforcements/${enforcement.id}/executions`,
    ]
    for (const path of filtered) {
      const list = await call(`GET /api/v1/${path}`)
      expect([path, list.status, rowsOf(list)]).toEqual([path, 200, []])
      expect([path, Number(totalOf(list)) <= 1]).toEqual([path, true])
    }
  })

  test('executable_with_current_access shows what may be read and run', async () => {
    const one = await api.granted(
      { resource: 'actions', actions: ['read'] },
      { resource: 'actions', actions: ['execute'], constraints: { refs: [theirs.action.ref] } },
    )

    const list = await call('GET /api/v1/actions?executable_with_current_access=true', undefined, one.token)

    expect(rowsOf(list).map(({ ref }) => ref)).toEqual([theirs.action.ref])
  })
})

describe('changes', () => {
  test('what may not even be read is not there, what may be read is forbidden', async () => {
    const reader = await api.granted(
      ...everythingIn(ours),
      { resource: 'rules', actions: ['read'], constraints: { pack_refs: [theirs.pack.ref] } },
      { resource: 'triggers', actions: ['read'], constraints: { pack_refs: [theirs.pack.ref] } },
      { resource: 'actions', actions: ['read'], constraints: { pack_refs: [theirs.pack.ref] } },
      { resource: 'executions', actions: ['read'], constraints: { pack_refs: [theirs.pack.ref] } },
    )
    const live = await given.execution(api.db, { action: theirs.action.id, status: 'requested' })
    const changes = [
      [`PUT /api/v1/rules/${theirs.rule.ref}`, { label: 'Ours now' }],
      [`POST /api/v1/rules/${theirs.rule.ref}/disable`, undefined],
      [`DELETE /api/v1/rules/${theirs.rule.ref}`, undefined],
      [`POST /api/v1/triggers/${theirs.trigger.ref}/disable`, undefined],
      [`POST /api/v1/executions/${live.id}/cancel`, undefined],
      ['POST /api/v1/executions/execute', { action_ref: theirs.action.ref }],
      ['POST /api/v1/events', { trigger_ref: theirs.trigger.ref }],
    ] as const

    for (const [what, body] of changes) {
      expect([what, (await call(what, body)).status]).toEqual([what, 404])
      expect([what, (await call(what, body, reader.token)).status]).toEqual([what, 403])
    }
    expect((await call(`POST /api/v1/rules/${ours.rule.ref}/disable`)).status).toBe(200)
    expect((await call('POST /api/v1/executions/execute', { action_ref: ours.action.ref })).status).toBe(201)
    expect((await call('POST /api/v1/events', { trigger_ref: ours.trigger.ref })).status).toBe(201)
  })

  test('a refusal to run or emit does not tell that there is something', async () => {
    const run = (action_ref: string) => call('POST /api/v1/executions/execute', { action_ref })
    const emit = (trigger_ref: string) => call('POST /api/v1/events', { trigger_ref })

    expect(blank(await run(theirs.action.ref), theirs.action.ref)).toEqual(
      blank(await run('no.such'), 'no.such'),
    )
    expect(blank(await emit(theirs.trigger.ref), theirs.trigger.ref)).toEqual(
      blank(await emit('no.such'), 'no.such'),
    )
  })

  test('a rule is made in a pack that is allowed, on what is allowed', async () => {
    const body = {
      ref: `${ours.pack.ref}.new`,
      pack_ref: ours.pack.ref,
      label: 'New',
      trigger_ref: ours.trigger.ref,
      action_ref: ours.action.ref,
    }
    const make = (change: Partial<typeof body>) => call('POST /api/v1/rules', { ...body, ...change })
    const elsewhere = { pack_ref: theirs.pack.ref, ref: `${theirs.pack.ref}.new` }

    expect((await make(elsewhere)).status).toBe(403)
    expect((await make({ pack_ref: 'nowhere', ref: 'nowhere.new' })).status).toBe(403)
    expect((await make({ ref: `${theirs.pack.ref}.new` })).status).toBe(403)
    expect(blank(await make({ trigger_ref: theirs.trigger.ref }), theirs.trigger.ref)).toEqual(
      blank(await make({ trigger_ref: 'no.such' }), 'no.such'),
    )
    expect(blank(await make({ action_ref: theirs.action.ref }), theirs.action.ref)).toEqual(
      blank(await make({ action_ref: 'no.such' }), 'no.such'),
    )
    expect((await make({})).status).toBe(201)
  })
})

describe('what is told about rules', () => {
  test('a rule that is not for the caller is explained, planned and tested as if there were none', async () => {
    const { ref } = theirs.rule
    const asked = (rule: string) =>
      Promise.all([
        call(`GET /api/v1/rules/${rule}/explain`),
        call('POST /api/v1/rules/plan', { rule: { ref: rule } }),
        call(`POST /api/v1/rules/${rule}/test`, { payload: {} }),
        call('POST /api/v1/rules/test', { rule: { ref: rule }, payload: {} }),
      ])

    const hidden = await asked(ref)
    const missing = await asked('no.such')

    expect(hidden.map(({ status }) => status)).toEqual([404, 404, 404, 404])
    expect(hidden.map((answer) => blank(answer, ref))).toEqual(
      missing.map((answer) => blank(answer, 'no.such')),
    )
    expect((await asked(ours.rule.ref)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  test('an event of another pack is none to test a rule with, and no draft listens to its trigger', async () => {
    const withEvent = (event: number) => call(`POST /api/v1/rules/${ours.rule.ref}/test`, { event })
    const listening = (trigger_ref: string) =>
      call('POST /api/v1/rules/test', { rule: { ref: ours.rule.ref, trigger_ref }, payload: {} })

    expect(blank(await withEvent(theirs.event.id), theirs.event.id)).toEqual(
      blank(await withEvent(987_654_321), 987_654_321),
    )
    expect(blank(await listening(theirs.trigger.ref), theirs.trigger.ref)).toEqual(
      blank(await listening('no.such'), 'no.such'),
    )
  })

  test('an event says what was decided about rules that are for the caller', async () => {
    const event = await given.event(api.db, {
      trigger: ours.trigger.id,
      rule: theirs.rule.id,
      rule_ref: theirs.rule.ref,
    })
    const decisions = JSON.stringify([decisionOf(ours.rule), decisionOf(theirs.rule)])
    await api.db.run(sql`
      insert into event_decision (event, created, decisions, decided_at)
      values (${event.id}, ${event.created}, ${decisions}, now())`)

    const shown = await call(`GET /api/v1/events/${event.id}`)
    const filtered = await call(`GET /api/v1/events?rule_ref=${theirs.rule.ref}`)
    const all = await call(`GET /api/v1/events/${event.id}`, undefined, await api.token('events:read'))

    expect(shown.body.data).toMatchObject({
      rule: null,
      rule_ref: null,
      decisions: [{ rule_ref: ours.rule.ref }],
    })
    expect(rowsOf(filtered)).toEqual([])
    expect(all.body.data).toMatchObject({ rule_ref: theirs.rule.ref, decisions: [{}, {}] })
    await api.db.run(sql`delete from event where id = ${event.id}`)
  })
})

describe('executions', () => {
  test('counts are of what may be read', async () => {
    const { token: nobody } = await api.granted({
      resource: 'executions',
      actions: ['read'],
      constraints: { pack_refs: ['nowhere'] },
    })

    const mine = await call('GET /api/v1/executions/stats')
    const none = await call('GET /api/v1/executions/stats', undefined, nobody)
    const all = await call('GET /api/v1/executions/stats', undefined, await api.token('executions:read'))

    expect(mine.body.data).toMatchObject({ completed: 1 })
    expect(none.body.data).toMatchObject({ total: 0, completed: 0 })
    expect(all.body.data).toMatchObject({ completed: 2 })
  })

  test('the output of one that is not for the caller is not there', async () => {
    const hidden = await call(`GET /api/v1/executions/${theirs.execution.id}/logs/stdout/stream`)
    const missing = await call('GET /api/v1/executions/987654321/logs/stdout/stream')

    expect(hidden.status).toBe(404)
    expect(blank(hidden, theirs.execution.id)).toEqual(blank(missing, 987_654_321))
  })

  test('where one comes from is told as far as that may be read', async () => {
    const borrowed = await given.execution(api.db, {
      action: ours.action.id,
      enforcement: theirs.enforcement.id,
      parent: theirs.execution.id,
      status: 'completed',
    })

    const shown = await call(`GET /api/v1/executions/${borrowed.id}`)
    const whole = await call(
      `GET /api/v1/executions/${borrowed.id}`,
      undefined,
      await api.token('executions:read'),
    )

    const origin = { enforcement: null, rule_ref: null, trigger_ref: null, parent: null }
    expect(shown.body.data).toMatchObject(origin)
    expect(whole.body.data).toMatchObject({ rule_ref: theirs.rule.ref, parent: theirs.execution.id })
    for (const filter of [
      `enforcement=${theirs.enforcement.id}`,
      `parent=${theirs.execution.id}`,
      `rule_ref=${theirs.rule.ref}`,
    ])
      expect([filter, totalOf(await call(`GET /api/v1/executions?${filter}`))]).toEqual([filter, 0])
    await api.db.run(sql`delete from execution where id = ${borrowed.id}`)
  })

  test('a scope of one’s own shows what one started, or also what came of it', async () => {
    const grant = (execution_scope: 'self' | 'descendants'): Grant => ({
      resource: 'executions',
      actions: ['read', 'cancel'],
      constraints: { execution_scope },
    })
    const self = await api.granted(grant('self'))
    const whole = await api.granted(grant('descendants'))
    const own = async ({ identity }: { identity: number }) => {
      const root = await given.execution(api.db, { executor: identity, status: 'running' })
      const child = await given.execution(api.db, { parent: root.id, status: 'running' })
      const grandchild = await given.execution(api.db, { parent: child.id, status: 'requested' })
      return [root.id, child.id, grandchild.id] as const
    }
    const selfTree = await own(self)
    const wholeTree = await own(whole)
    const listed = async (as: string) =>
      rowsOf(await call('GET /api/v1/executions', undefined, as)).map(({ id }) => id)

    expect(await listed(self.token)).toEqual([selfTree[0]])
    expect(await listed(whole.token)).toEqual([...wholeTree].reverse())
    const cancel = (id: number, as: string) => call(`POST /api/v1/executions/${id}/cancel`, undefined, as)
    expect((await cancel(selfTree[2], self.token)).status).toBe(404)
    expect((await cancel(wholeTree[2], whole.token)).status).toBe(200)
    expect((await cancel(wholeTree[2], self.token)).status).toBe(404)
  })

  test('the search for who started it goes 64 steps up', async () => {
    const grant: Grant = {
      resource: 'executions',
      actions: ['read'],
      constraints: { execution_scope: 'descendants' },
    }
    const { token: as, identity } = await api.granted(grant)
    let parent = (await given.execution(api.db, { executor: identity, status: 'completed' })).id
    for (let depth = 1; depth <= 65; depth += 1)
      parent = (await given.execution(api.db, { parent, status: 'completed' })).id

    expect(totalOf(await call('GET /api/v1/executions', undefined, as))).toBe(65)
    expect((await call(`GET /api/v1/executions/${parent}`, undefined, as)).status).toBe(404)
  })
})

describe('traces', () => {
  test('of something that is not for the caller there is none', async () => {
    const paths = [
      [`events/${theirs.event.id}/trace`, 'events/987654321/trace'],
      [`executions/${theirs.execution.id}/trace`, 'executions/987654321/trace'],
    ]
    for (const [hidden, missing] of paths) {
      const answer = await call(`GET /api/v1/${hidden}`)
      expect(answer.status).toBe(404)
      expect(blank(answer, theirs.event.id, theirs.execution.id)).toEqual(
        blank(await call(`GET /api/v1/${missing}`), 987_654_321),
      )
    }
    const own = await call(`GET /api/v1/events/${ours.event.id}/trace`)
    expect(own.body.data).toMatchObject({
      rules: [{ rule_ref: ours.rule.ref }],
      enforcements: [{ rule_ref: ours.rule.ref }],
      executions: [{ action_ref: ours.action.ref }],
    })
  })

  test('of a flow through both packs each sees their part and that there is more', async () => {
    const event = await given.event(api.db, { trigger: ours.trigger.id })
    const mine = await given.enforcement(api.db, { rule: ours.rule.id, event: event.id, status: 'processed' })
    const other = await given.enforcement(api.db, {
      rule: theirs.rule.id,
      event: event.id,
      status: 'processed',
    })
    const above = await given.execution(api.db, {
      action: theirs.action.id,
      enforcement: other.id,
      status: 'completed',
    })
    const below = await given.execution(api.db, {
      action: ours.action.id,
      parent: above.id,
      enforcement: other.id,
      status: 'completed',
    })
    const decisions = JSON.stringify([decisionOf(ours.rule), decisionOf(theirs.rule)])
    await api.db.run(sql`
      insert into event_decision (event, created, decisions, decided_at)
      values (${event.id}, ${event.created}, ${decisions}, now())`)

    const answer = await call(`GET /api/v1/executions/${below.id}/trace`)

    expect(answer.body.data).toMatchObject({
      event: { id: event.id },
      rules: [{ rule_ref: ours.rule.ref }],
      enforcements: [{ id: mine.id }],
      executions: [{ id: below.id, depth: 0, parent: null, enforcement: null }],
      withheld: [
        { section: 'enforcements', partly: true },
        { section: 'executions', partly: true },
        { section: 'placement' },
        { section: 'dead_letters' },
      ],
    })
    expect(JSON.stringify(answer.body)).not.toContain(theirs.pack.ref)
  })
})
