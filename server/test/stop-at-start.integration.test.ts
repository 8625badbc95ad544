import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'

const main = new URL('../dist/main.js', import.meta.url).pathname

test('a worker that is stopped while it starts leaves the list', async () => {
  const home = await mkdtemp(join(tmpdir(), 'attune-start-'))
  const database = await freshDatabase()
  const db = openDatabase({ url: database.url, max_connections: 2 })
  const worker = spawn(process.execPath, [main, '--roles', 'worker'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      ATTUNE_HOME: home,
      ATTUNE__DATABASE__URL: database.url,
      ATTUNE__WORKER__NAME: 'short-lived',
    },
    stdio: 'ignore',
  })
  const status = () =>
    db.maybe<{ status: string }>(sql`select status::text from worker where name = 'short-lived'`)
  await eventually(status, (row) => row?.status === 'active')

  worker.kill('SIGTERM')
  const [code] = await once(worker, 'exit')

  expect(code).toBe(0)
  expect(await status()).toEqual({ status: 'inactive' })
  await db.close()
  await database.drop()
  await rm(home, { recursive: true, force: true })
})
