import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { startDepot } from './depot.ts'
import { fixture } from './fixture.ts'

const program = new URL('../../cli/dist/main.js', import.meta.url).pathname
const folder = await mkdtemp(join(tmpdir(), 'attune-skeleton-'))
const depot = await fixture(startDepot())
afterAll(async () => {
  await rm(folder, { recursive: true })
})

test('what `attune pack init` writes is registered as it is, and its own tests pass', async () => {
  const path = join(folder, 'parcels')
  await promisify(execFile)(process.execPath, [program, 'pack', 'init', 'parcels', '--dir', path], {
    env: { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder },
  })

  const answer = await depot.register(path)

  expect(answer).toMatchObject({ status: 201, body: { message: "Pack 'parcels' 0.1.0 registered" } })
  expect(await depot.rows(sql`select passed, failed from pack_test_execution`)).toEqual([
    { passed: 1, failed: 0 },
  ])
  expect(await depot.refs(sql`select ref from rule where pack_ref = 'parcels'`)).toEqual([
    'parcels.greet_when_wanted',
  ])
})
