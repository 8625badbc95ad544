import { expect, test } from 'vitest'
import { openFreshDatabase } from '../../test/database.ts'
import { eventually } from '../../test/eventually.ts'
import { sql } from './sql.ts'
import { fixture } from '../../test/fixture.ts'
import { isTransient } from './violation.ts'

const { db } = await fixture(openFreshDatabase({ max_connections: 2 }))

test('a session that ends in the middle of a transaction fails the transaction, not the process', async () => {
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('uncaughtException', hear)

  const failed = db.transaction(async (tx) => {
    const { pid } = await tx.one<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await db.one(sql`select pg_terminate_backend(${pid})`)
    await eventually(
      () => db.one<{ count: number }>(sql`select count(*) from pg_stat_activity where pid = ${pid}`),
      ({ count }) => count === 0,
    )
    await tx.one(sql`select 1 as one`)
  })

  await expect(failed).rejects.toSatisfy(isTransient)
  process.off('uncaughtException', hear)
  expect(unheard).toEqual([])
  expect(await db.one(sql`select 1 as one`)).toEqual({ one: 1 })
})
