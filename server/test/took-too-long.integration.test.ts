import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { verdict } from '../src/messages/verdict.ts'
import { openFreshDatabase } from './database.ts'
import { fixture } from './fixture.ts'

const { db } = await fixture(openFreshDatabase())

test('a transaction that the server ended because it stood idle says so, whatever the driver says then', async () => {
  const ended = db.transaction(async (tx) => {
    await tx.run(sql`set local idle_in_transaction_session_timeout = '100ms'`)
    await sleep(1500)
    await tx.run(sql`select 1`)
  })

  expect(verdict(await ended.catch((error: unknown) => error), 0)).toBe('retry')
})

test('a statement that exceeds its limit counts as a try', async () => {
  const ended = db.transaction(async (tx) => {
    await tx.run(sql`set local statement_timeout = '50ms'`)
    await tx.run(sql`select pg_sleep(2)`)
  })

  expect(verdict(await ended.catch((error: unknown) => error), 0)).toBe('retry')
})
