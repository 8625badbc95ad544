import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { openFreshDatabase } from '../../../../test/database.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { createPostgresTransport } from '../../../messages/postgres/transport.ts'
import { createLog } from '../../../observe/log.ts'
import { giveBack, own, renewOwned, type SensorOwner } from './ownership.ts'

const log = createLog({ level: 'fatal', format: 'pretty' })
const transport = createPostgresTransport({ log, afterDeadLetter: async () => undefined })
const { db } = await fixture(openFreshDatabase({ post: (tx, outgoing) => transport.post(tx, outgoing) }))

async function host(name?: string): Promise<SensorOwner> {
  const instance = randomUUID()
  const worker = await given.worker(db, { worker_role: 'sensor', instance, ...(name && { name }) })
  return { worker: worker.id, worker_name: worker.name, instance, lease_seconds: 60 }
}

/** Another process of the same name, as a restart makes it. */
async function successorOf(owner: SensorOwner): Promise<SensorOwner> {
  const instance = randomUUID()
  await db.run(sql`update worker set instance = ${instance} where id = ${owner.worker}`)
  return { ...owner, instance }
}

const lapse = (sensor: number) =>
  db.run(sql`update sensor_owner set lease_expires_at = now() - interval '1 second' where sensor = ${sensor}`)

test('one host owns a sensor, and keeps it as the same owner', async () => {
  const [one, other] = [await host(), await host()]
  const sensor = await given.sensor(db)

  expect(await own(db, sensor, one)).toEqual({ held: true, generation: 1, taken_from: null })
  expect(await own(db, sensor, other)).toEqual({ held: false, free_in_ms: expect.any(Number) })
  expect(await own(db, sensor, one)).toMatchObject({ held: true, generation: 1 })
})

test('of hosts that ask at the same moment one gets it', async () => {
  const hosts = await Promise.all(Array.from({ length: 6 }, () => host()))
  const sensor = await given.sensor(db)

  const asked = await Promise.all(hosts.map((one) => own(db, sensor, one)))

  expect(asked.filter(({ held }) => held)).toHaveLength(1)
})

test('a lease that has run out is taken over by the next generation, and the earlier owner renews nothing', async () => {
  const [one, other] = [await host(), await host()]
  const sensor = await given.sensor(db)
  await own(db, sensor, one)
  await lapse(sensor.id)

  expect(await own(db, sensor, other)).toEqual({ held: true, generation: 2, taken_from: one.worker_name })
  expect(await renewOwned(db, one, [sensor.id])).toEqual([])
  expect(await renewOwned(db, other, [sensor.id])).toEqual([{ sensor: sensor.id, generation: 2 }])
  expect(await own(db, sensor, one)).toMatchObject({ held: false })
})

test('an owner whose lease has run out and that nobody replaced goes on as the same', async () => {
  const one = await host()
  const sensor = await given.sensor(db)
  await own(db, sensor, one)
  await lapse(sensor.id)

  expect(await renewOwned(db, one, [sensor.id])).toEqual([{ sensor: sensor.id, generation: 1 }])
})

test('who has the name has the sensor at once, and who lost it has nothing', async () => {
  const before = await host()
  const sensor = await given.sensor(db)
  await own(db, sensor, before)
  const after = await successorOf(before)

  expect(await own(db, sensor, before)).toMatchObject({ held: false })
  expect(await own(db, sensor, after)).toMatchObject({ held: true, generation: 2 })
  expect(await renewOwned(db, before, [sensor.id])).toEqual([])
  expect(await renewOwned(db, after, [sensor.id])).toEqual([{ sensor: sensor.id, generation: 2 }])
})

test('what is given back is free for others at once, with a new generation', async () => {
  const [one, other] = [await host(), await host()]
  const sensor = await given.sensor(db)
  await own(db, sensor, one)

  await db.transaction((tx) => giveBack(tx, sensor, other))
  expect(await own(db, sensor, other)).toMatchObject({ held: false })
  await db.transaction((tx) => giveBack(tx, sensor, one))

  expect(await own(db, sensor, other)).toEqual({ held: true, generation: 2, taken_from: null })
})
