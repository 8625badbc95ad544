import { expect, test } from 'vitest'
import { sql } from '../../../database/sql.ts'
import { fixture } from '../../../../test/fixture.ts'
import { running } from '../../../../test/running.ts'
import { clear, raise } from './raise.ts'
import type { AlertOccurrence } from './alert.ts'

const platform = await fixture(running('postgres', []))
await platform.database.run(sql`insert into pack (ref, label, version) values ('core', 'Core', '1.0.0')`)
await platform.database.run(sql`
    insert into trigger (ref, pack, pack_ref, label, enabled) select 'core.alert', id, 'core', 'Alert', true from pack`)

const silent: AlertOccurrence = {
  correlation_id: 'queue:silent',
  severity: 'error',
  category: 'messaging',
  failure_type: 'queue_without_consumer',
  component_type: 'queue',
  summary: 'Nobody reads the queue; start an executor.',
}

const events = () =>
  platform.database.many<{ payload: { correlation_id: string } }>(
    sql`select payload from event where trigger_ref = 'core.alert'`,
  )

test('trouble is announced once within the cooldown, counted each time, and counts anew after it was cleared', async () => {
  const { database } = platform
  const first = await database.transaction((tx) => raise(tx, [silent], 3600))
  const second = await database.transaction((tx) => raise(tx, [silent, silent], 3600))
  expect([first.length, second.length]).toEqual([1, 0])
  expect((await events()).map(({ payload }) => payload.correlation_id)).toEqual(['queue:silent'])
  const row = () => database.one(sql`select sightings, cleared_at is null as open from alert`)
  expect(await row()).toEqual({ sightings: 2, open: true })

  expect(await clear(database, ['queue:silent'])).toBe(1)
  expect(await row()).toEqual({ sightings: 2, open: false })

  const again = await database.transaction((tx) => raise(tx, [silent], 0))
  expect(again.length).toBe(1)
  expect(await row()).toEqual({ sightings: 1, open: true })
  expect((await events()).length).toBe(2)
})
