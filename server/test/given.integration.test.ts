import { expect, test } from 'vitest'
import { openFreshDatabase } from './database.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'

const { db } = await fixture(openFreshDatabase())

test('every builder makes a valid row with nothing said', async () => {
  const builders = [
    given.pack,
    given.runtime,
    given.action,
    given.trigger,
    given.sensor,
    given.rule,
    given.event,
    given.enforcement,
    given.execution,
    given.worker,
    given.identity,
    given.permissionSet,
  ]

  const rows = await Promise.all(builders.map((build) => build(db)))

  expect(rows.map(({ id }) => typeof id)).toEqual(builders.map(() => 'number'))
})

test('what is said is kept, whatever the type of the column is', async () => {
  const execution = await given.execution(db, {
    config: { list: [1, 'two'] },
    permission_set_refs: ['core.viewer'],
    status: 'completed',
    started_at: '2026-01-31T09:00:00.123456Z',
  })

  expect(execution).toMatchObject({
    config: { list: [1, 'two'] },
    permission_set_refs: ['core.viewer'],
    status: 'completed',
    started_at: '2026-01-31T09:00:00.123456Z',
    live: false,
  })
})

test('a rule belongs to the pack of what it is made for', async () => {
  const trigger = await given.trigger(db)

  const rule = await given.rule(db, { pack: trigger.pack, trigger: trigger.id })

  expect(rule).toMatchObject({ pack: trigger.pack, trigger: trigger.id, trigger_ref: trigger.ref })
})
