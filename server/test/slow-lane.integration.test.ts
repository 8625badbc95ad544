import * as given from './given.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { create, reserveIds } from '../src/domain/flow/event/queries.ts'
import type { Event } from '../src/domain/flow/event/event.ts'
import { charge, emptyLedger } from '../src/domain/definition/matching/debt.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import type { Id } from '../src/id.ts'
import type { JsonObject } from '../src/json.ts'
import type { Payload } from '../src/messages/messages.ts'
import { deferredEventsToEnforcements } from '../src/pipeline/1-deferred-event-to-enforcement.ts'
import { eventsToEnforcements } from '../src/pipeline/1-event-to-enforcement.ts'
import { sweepsOf } from '../src/sweeps/all.ts'
import { runOnce } from '../src/sweeps/sweep.ts'
import { hasBroker } from './broker.ts'
import { evaluatorFor } from './evaluator.ts'
import { eventually } from './eventually.ts'
import { type Running, running, type TransportName } from './running.ts'

/* Rules of an owner who has cost too much wait in the slow lane, and those of others on the same event do not. */

const limits = {
  interval_seconds: 5,
  redrive_after_seconds: 60,
  scheduled_timeout_seconds: 300,
  worker_silence_seconds: 90,
  stuck_execution_seconds: 3600,
  execution_remediation_seconds: 7200,
  batch: 100,
}

const clean = sql`truncate event, event_decision, enforcement, execution, message, outbox, redrive, alert cascade`

async function happen(attune: Running, { trigger, trigger_ref }: Rule, payload: JsonObject): Promise<Event> {
  if (trigger === null) throw new Error('The rule has no trigger.')
  const none = { config: null, source: null, source_ref: null, rule: null, rule_ref: null }
  const happened = { ...none, trigger, trigger_ref, payload, dedupe_key: null, correlation_id: null }
  const [stored] = await attune.database.transaction(async (tx) =>
    create(tx, [happened], await reserveIds(tx, 1)),
  )
  if (stored === undefined) throw new Error('no event')
  return stored.event
}

const decisionOf = (attune: Running, event: Id<'event'>) =>
  attune.database.maybe<{ waits: boolean; outcomes: Record<string, string>; reasons: string[] }>(sql`
    select deferred_until is not null as waits,
      (select jsonb_object_agg(x->>'rule', x->>'outcome') from jsonb_array_elements(decisions) x) as outcomes,
      (select coalesce(jsonb_agg(x->'reason'), '[]') from jsonb_array_elements(decisions) x where x ? 'reason') as reasons
    from event_decision where event = ${event}`)

const firedBy = async (attune: Running, event: Id<'event'>) =>
  (
    await attune.database.many<{ rule: number }>(
      sql`select rule from enforcement where event = ${event} order by rule`,
    )
  ).map(({ rule }) => rule)

describe('the steps', () => {
  let attune: Running
  let quick: Rule
  let costly: Rule
  let third: Rule
  const ledger = emptyLedger(200)
  const evaluator = evaluatorFor()

  beforeAll(async () => {
    attune = await running('postgres', [])
    const [one, two, three] = [
      await given.identity(attune.database),
      await given.identity(attune.database),
      await given.identity(attune.database),
    ]
    quick = await given.rule(attune.database, { owner_identity: one.id })
    const when = { trigger: quick.trigger }
    costly = await given.rule(attune.database, { ...when, owner_identity: two.id })
    third = await given.rule(attune.database, { ...when, owner_identity: three.id })
    for (const { id } of [two, three]) charge(ledger, `identity ${id}`, { ms: 1000, now: Date.now() })
  })
  afterEach(() => attune.database.run(clean))
  afterAll(async () => {
    await evaluator.close()
    await attune.end()
  })

  const context = () => ({ evaluator, ledger, cipher: attune.cipher, log: attune.log })
  const hear = (event: Event) =>
    attune.database.transaction((tx) =>
      eventsToEnforcements(context())(tx, [
        {
          event_id: event.id,
          event_created: event.created,
          trigger_id: event.trigger,
          trigger_ref: event.trigger_ref,
          sensor_id: null,
          sensor_ref: null,
          rule_id: null,
        },
      ]),
    )
  const hearDeferred = (messages: Payload<'EventDeferred'>[]) =>
    attune.database.transaction((tx) => deferredEventsToEnforcements(context())(tx, messages))
  const said = async () =>
    (
      await attune.database.many<{ payload: Payload<'EventDeferred'> }>(
        sql`select payload from message where type = 'EventDeferred' order by id`,
      )
    ).map(({ payload }) => payload)

  test('decide at once about the rules of who owes nothing, and later about the others', async () => {
    const event = await happen(attune, quick, { n: 1 })

    expect(await hear(event)).toMatchObject({ repeated: 0, deferred: 2 })

    expect(await decisionOf(attune, event.id)).toMatchObject({
      waits: true,
      outcomes: { [quick.id]: 'matched', [costly.id]: 'deferred', [third.id]: 'deferred' },
      reasons: [expect.stringContaining('slow lane'), expect.stringContaining('1000 ms')],
    })
    expect(await firedBy(attune, event.id)).toEqual([quick.id])
    const messages = await said()
    expect(messages.map(({ rule_ids }) => rule_ids)).toEqual(
      expect.arrayContaining([[costly.id], [third.id]]),
    )

    for (const message of messages) await hearDeferred([message])

    expect(await decisionOf(attune, event.id)).toMatchObject({
      waits: false,
      outcomes: { [quick.id]: 'matched', [costly.id]: 'matched', [third.id]: 'matched' },
    })
    expect(await firedBy(attune, event.id)).toEqual([quick.id, costly.id, third.id])
    expect(
      await attune.database.many(sql`select payload from enforcement where event = ${event.id}`),
    ).toEqual(Array.from({ length: 3 }, () => ({ payload: { n: 1 } })))
  })

  test('do nothing about either message the second time', async () => {
    const event = await happen(attune, quick, {})
    await hear(event)
    const messages = await said()

    expect(await hear(event)).toMatchObject({ repeated: 1, deferred: 0 })
    expect(await said()).toHaveLength(2)
    await hearDeferred(messages)
    expect(await hearDeferred(messages)).toMatchObject({ repeated: 2 })
    await hear(event)

    expect(await firedBy(attune, event.id)).toEqual([quick.id, costly.id, third.id])
    expect(await decisionOf(attune, event.id)).toMatchObject({ waits: false })
  })

  test('decide once where two hear the same at the same time', async () => {
    const event = await happen(attune, quick, {})
    await hear(event)
    const messages = await said()

    const heard = await Promise.all(Array.from({ length: 4 }, () => hearDeferred(messages)))

    expect(heard.filter((one) => one?.repeated === 0)).toHaveLength(1)
    expect(await firedBy(attune, event.id)).toEqual([quick.id, costly.id, third.id])
    const said_of = await attune.database.many(sql`select from message where type = 'EnforcementCreated'`)
    expect(said_of).toHaveLength(3)
  })

  test('say why a rule that is gone meanwhile decides nothing', async () => {
    const gone = await given.rule(attune.database, {
      trigger: quick.trigger,
      owner_identity: costly.owner_identity,
    })
    const event = await happen(attune, quick, {})
    await hear(event)
    await attune.database.run(sql`delete from rule where id = ${gone.id}`)

    await hearDeferred(await said())

    const decision = await decisionOf(attune, event.id)
    expect(decision).toMatchObject({ waits: false, outcomes: { [gone.id]: 'error', [costly.id]: 'matched' } })
    expect(decision?.reasons).toEqual([expect.stringContaining('deleted')])
  })

  test('are made up for by the sweep where the message between them was lost', async () => {
    const event = await happen(attune, quick, {})
    await hear(event)
    await attune.database.run(sql`delete from message`)
    const sweep = async () =>
      (await runOnce({ ...attune, alert_cooldown_seconds: 3600 }, sweepsOf(limits).redrive_deferred)).done
    expect(await sweep()).toBe(0) // not long past their turn

    await attune.database.run(sql`update event_decision set deferred_until = now() - interval '2 minutes'`)
    expect([await sweep(), await sweep()]).toEqual([1, 0])
    const messages = await said()
    expect(messages).toMatchObject([
      { event_id: event.id, rule_ids: expect.arrayContaining([costly.id, third.id]) },
    ])
    await hearDeferred(messages)

    expect(await decisionOf(attune, event.id)).toMatchObject({ waits: false })
    expect(await firedBy(attune, event.id)).toEqual([quick.id, costly.id, third.id])
  })
})

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']

describe.each(transports)('the lanes over %s', (transport) => {
  let attune: Running

  beforeAll(async () => {
    attune = await running(transport, ['executor', 'sensor'], { evaluation: { lane_ms: 20 } })
  })
  afterAll(() => attune.end())

  test('whoever renders much waits for themselves, and everything is decided once', async () => {
    const owner = await given.identity(attune.database)
    const other = await given.identity(attune.database)
    const quick = await given.rule(attune.database, { owner_identity: other.id })
    const costly = await given.rule(attune.database, {
      trigger: quick.trigger,
      owner_identity: owner.id,
      action_params: { text: '{{ event.payload.text }}' },
    })
    const events: Event[] = []
    for (let n = 0; n < 5; n += 1) {
      const event = await happen(attune, quick, { text: 'x'.repeat(300_000) })
      events.push(event)
      await eventually(
        () => decisionOf(attune, event.id),
        (decision) => decision?.outcomes[quick.id] === 'matched',
      )
    }

    await eventually(
      () =>
        attune.database.one<{ open: number }>(sql`
        select count(*) filter (where deferred_until is not null)::int as open from event_decision`),
      ({ open }) => open === 0,
    )
    for (const { id } of events) expect(await firedBy(attune, id)).toEqual([quick.id, costly.id])
    expect(await attune.metrics.expose()).toMatch(/rule_evaluations_deferred_total [1-9]/)
    expect(await attune.database.many(sql`select from dead_letter`)).toEqual([])
  })
})
