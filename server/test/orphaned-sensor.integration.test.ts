import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { identify, isAlive } from '../src/processes/process-identity.ts'
import { sql } from '../src/database/sql.ts'
import { eventually } from './eventually.ts'
import { openFreshDatabase } from './database.ts'
import { fixture } from './fixture.ts'
import * as given from './given.ts'
import { type ProgramProcess, startProgram } from './program.ts'

/** A copy of a sensor that outlived its host would emit every event beside the copy of the next host. */

let program: ProgramProcess | undefined

const home = await mkdtemp(join(tmpdir(), 'attune-orphan-'))
const { db, url } = await fixture(openFreshDatabase({ max_connections: 2 }))
afterAll(async () => {
  await program?.end('SIGTERM')
  await rm(home, { recursive: true, force: true })
})

/** A sensor that hears of nothing and never ends by itself, with a rule that wants it. */
async function wantedSensor(script: string): Promise<void> {
  await mkdir(join(home, 'pack', 'sensors'), { recursive: true })
  await writeFile(join(home, 'pack', 'sensors', 'watch.sh'), `#!/bin/bash\n${script}\n`)
  await chmod(join(home, 'pack', 'sensors', 'watch.sh'), 0o755)
  const pack = await given.pack(db, { storage_path: join(home, 'pack') })
  const native = await given.runtime(db, { pack: pack.id, execution_config: {} })
  const sensor = await given.sensor(db, { pack: pack.id, runtime: native.id })
  const trigger = await given.trigger(db, { pack: pack.id, sensor: sensor.id, sensor_ref: sensor.ref })
  await given.rule(db, { pack: pack.id, trigger: trigger.id })
}

async function runningPid(): Promise<number> {
  const found = await eventually(
    () => db.maybe<{ pid: number | null }>(sql`select pid from sensor_process where status = 'running'`),
    (row) => typeof row?.pid === 'number',
  )
  return found?.pid ?? 0
}

test.each([
  ['that obeys', 'exec sleep 600'],
  ['that ignores SIGTERM', "trap '' TERM; while true; do sleep 1; done"],
])('a sensor %s ends after kill -9 of its host, and a new host starts one', async (_, script) => {
  await db.run(sql`truncate sensor_process`)
  await db.run(sql`delete from rule`)
  await wantedSensor(script)
  const env = { ATTUNE__DATABASE__URL: url, ATTUNE__DEMO: 'false' }
  program = await startProgram(home, env)
  const orphan = identify(await runningPid())
  expect(isAlive(orphan)).toBe(true)

  await program.end('SIGKILL')
  await eventually(
    async () => isAlive(orphan),
    (alive) => !alive,
  )

  program = await startProgram(home, env)
  await eventually(runningPid, (pid) => pid !== orphan.pid)
  await program.end('SIGTERM')
})
