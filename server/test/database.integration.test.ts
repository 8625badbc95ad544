import { Client } from 'pg'
import { expect, inject, test } from 'vitest'
import { openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

test('a fresh database has the schema and the search path', async () => {
  const database = await freshDatabase()

  const rows = await ask(database.url, `select count(*)::int as executions from execution`)

  expect(rows).toEqual([{ executions: 0 }])
  await database.drop()
})

test('fresh databases asked for at the same time do not see each other', async () => {
  const databases: [FreshDatabase, FreshDatabase] = await Promise.all([freshDatabase(), freshDatabase()])

  await ask(databases[0].url, 'create table mine (id int)')

  expect(await ask(databases[1].url, `select to_regclass('mine')::text as other`)).toEqual([{ other: null }])
  await Promise.all(databases.map((database) => database.drop()))
})

test('a dropped database is gone, also with a session left in it', async () => {
  const database = await freshDatabase()
  const session = new Client({ connectionString: database.url })
  session.on('error', () => undefined)
  await session.connect()

  await database.drop()

  const name = new URL(database.url).pathname.slice(1)
  expect(
    await ask(inject('databaseUrl'), `select datname from pg_database where datname = '${name}'`),
  ).toEqual([])
})

test('a connection that the server ends inside a transaction fails the transaction and not the process', async () => {
  const fresh = await freshDatabase()
  const database = openDatabase({ url: fresh.url, max_connections: 1 })

  const work = database.transaction(async (tx) => {
    const { pid } = await tx.one<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await ask(fresh.url, `select pg_terminate_backend(${pid}, 5000)`)
    await tx.run(sql`select 1`)
  })

  await expect(work).rejects.toThrow()
  expect(await database.one(sql`select 1 as one`)).toEqual({ one: 1 })
  await database.close()
  await fresh.drop()
})
