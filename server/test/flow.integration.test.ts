import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { create, reserveIds } from '../src/domain/flow/event/queries.ts'
import type { NewEvent } from '../src/domain/flow/event/event.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import { sql } from '../src/database/sql.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import * as given from './given.ts'
import { type Running, running, type TransportName } from './running.ts'
import { shellAction } from './shell.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']

describe.each(transports)('the flow over %s', (transport) => {
  let attune: Running
  let rule: Rule

  beforeAll(async () => {
    attune = await running(transport, [], { worker: { max_concurrent_tasks: 16 } })
    const action = await shellAction(attune.database, 'echo "$svc is $state"', {
      param_schema: { svc: { type: 'string', required: true }, state: { type: 'string', default: 'fine' } },
    })
    rule = await given.rule(attune.database, {
      action: action.id,
      conditions: { expression: 'event.payload.n % 2 == 0' },
      action_params: { svc: '{{ event.payload.svc }} {{ event.payload.n }}' },
    })
    await attune.start(['executor', 'worker', 'sensor'])
  })
  afterAll(() => attune.end())

  test('an event becomes the output of an action', async () => {
    await say(attune, [eventOf(rule, { svc: 'api', n: 2 })])

    const [execution] = await ended(attune, 1)

    expect(execution).toMatchObject({
      status: 'completed',
      config: { svc: 'api 2', state: 'fine' },
      attempt: 1,
      result: { stdout: 'api 2 is fine\n', exit_code: 0, succeeded: true },
    })
  })

  test('five hundred events become one execution each where the rule matches, and no message remains', async () => {
    await attune.database.run(sql`truncate event, event_decision, enforcement, execution cascade`)
    const events = Array.from({ length: 500 }, (_, n) => eventOf(rule, { svc: 'load', n }))

    for (let i = 0; i < events.length; i += 50) await say(attune, events.slice(i, i + 50))
    await ended(attune, 250)

    const counts = await attune.database.one(sql`
      select (select count(*) from event) as events,
        (select count(*) from event_decision) as decided,
        (select count(*) from event_decision where decisions->0->>'outcome' = 'not_matched') as not_matched,
        (select count(*) from enforcement where status = 'processed') as enforcements,
        (select count(distinct enforcement) from execution where status = 'completed') as completed,
        (select count(*) from dead_letter) as dead`)
    expect(counts).toEqual({
      events: 500,
      decided: 500,
      not_matched: 250,
      enforcements: 250,
      completed: 250,
      dead: 0,
    })
    await eventually(
      () => waiting(attune),
      (left) => left === 0,
    )
  })

  test('the history tells every step of an execution', async () => {
    const { id } = await attune.database.one<{ id: number }>(sql`select min(id) as id from execution`)

    const steps = await attune.database.many<{ status: string }>(sql`
      select new_values->>'status' as status from execution_history
      where entity_id = ${id} order by time, array_position(array['requested','scheduled','running','completed'], new_values->>'status')`)

    expect(steps.map((step) => step.status)).toEqual(['requested', 'scheduled', 'running', 'completed'])
  })

  test('the decision record names the clause that was false and the values it compared', async () => {
    await attune.database.run(sql`truncate event, event_decision cascade`)
    await say(attune, [eventOf(rule, { svc: 'api', n: 3 })])

    const { decisions } = await eventually(
      () =>
        attune.database
          .maybe<{ decisions: unknown[] }>(sql`select decisions from event_decision`)
          .then((row) => row ?? { decisions: [] }),
      (row) => row.decisions.length > 0,
    )

    expect(decisions[0]).toMatchObject({
      rule: rule.id,
      outcome: 'not_matched',
      clause: expect.stringContaining('event.payload.n % 2 == 0'),
    })
  })
})

function eventOf(rule: Rule, payload: { [name: string]: string | number }): NewEvent {
  const none = {
    config: null,
    source: null,
    source_ref: null,
    rule: null,
    rule_ref: null,
    dedupe_key: null,
    correlation_id: null,
  }
  if (rule.trigger === null) throw new Error('The rule has no trigger.')
  return { trigger: rule.trigger, trigger_ref: rule.trigger_ref, payload, ...none }
}

function say(attune: Running, events: NewEvent[]) {
  return attune.database.transaction(async (tx) => create(tx, events, await reserveIds(tx, events.length)))
}

function ended(attune: Running, count: number): Promise<Execution[]> {
  return eventually(
    () => attune.database.many<Execution>(sql`select * from execution where not live order by id`),
    (rows) => rows.length >= count,
    60_000,
  )
}

async function waiting({ database }: Running): Promise<number> {
  const { left } = await database.one<{ left: number }>(sql`
    select (select count(*) from message) + (select count(*) from outbox) as left`)
  return left
}
