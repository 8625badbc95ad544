import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import { type FreshBroker, freshBroker, hasBroker } from './broker.ts'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { type ProgramProcess, startProgram } from './program.ts'
import type { TransportName } from './running.ts'

const EVENTS = 500
const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']

/** Nothing accepted is ever lost: the whole program dies in mid-flow and is started again. */
describe.each(transports)('kill -9 of the whole program over %s', (transport) => {
  let home: string
  let broker: FreshBroker | undefined
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Database
  let env: Record<string, string>
  let program: ProgramProcess

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'attune-kill-'))
    broker = transport === 'rabbitmq' ? await freshBroker() : undefined
    database = await freshDatabase()
    db = openDatabase({ url: database.url, max_connections: 2 })
    env = {
      ATTUNE__DATABASE__URL: database.url,
      ATTUNE__DEMO: 'false',
      ...(broker === undefined ? {} : { ATTUNE__MESSAGE_QUEUE__URL: broker.url }),
    }
    program = await startProgram(home, env)
    await program.api('POST', '/api/v1/packs/register', { path: await writePack(home) })
  })
  afterAll(async () => {
    await program.end('SIGTERM')
    await db.close()
    await database.drop()
    await broker?.drop()
    await rm(home, { recursive: true, force: true })
  })

  test('leaves every event with its execution, every execution with one end, and no message behind', async () => {
    for (let n = 0; n < EVENTS; n += 100) {
      const events = Array.from({ length: 100 }, (_, i) => ({
        trigger_ref: 'killed.happened',
        payload: { n: n + i },
      }))
      await program.api('POST', '/api/v1/events/batch', { events })
    }
    await eventually(
      () => ended(db),
      (count) => count > 20,
    )
    await program.end('SIGKILL')
    const atDeath = await ended(db)
    expect(atDeath).toBeLessThan(EVENTS)

    program = await startProgram(home, env)
    await eventually(
      () => live(db),
      (count) => count === 0,
      90_000,
    )

    const counts = await db.one(sql`
      select (select count(*) from event where trigger_ref = 'killed.happened') as events,
        (select count(*) from enforcement where status = 'processed') as enforcements,
        (select count(distinct enforcement) from execution) as executed,
        (select count(*) from execution where status not in ('completed', 'abandoned')) as other_ends,
        (select count(*) from execution where status = 'abandoned' and result->>'error' is null) as unexplained,
        (select count(*) from (
          select entity_id from execution_history
          where new_values->>'status' in ('completed', 'failed', 'cancelled', 'timeout', 'abandoned')
          group by entity_id having count(*) <> 1) twice) as ended_twice`)
    expect(counts).toEqual({
      events: EVENTS,
      enforcements: EVENTS,
      executed: EVENTS,
      other_ends: 0,
      unexplained: 0,
      ended_twice: 0,
    })
    await eventually(
      () => messages(db),
      (count) => count === 0,
    )
  })
})

async function count(db: Database, what: ReturnType<typeof sql>): Promise<number> {
  return (await db.one<{ count: number }>(what)).count
}
const ended = (db: Database) => count(db, sql`select count(*) from execution where not live`)
const live = (db: Database) =>
  count(
    db,
    sql`select (select count(*) from execution where live)
    + (select count(*) from enforcement where status = 'created')
    + (select count(*) from event e where not exists (select from event_decision d where d.event = e.id)) as count`,
  )
const messages = (db: Database) =>
  count(db, sql`select (select count(*) from message) + (select count(*) from outbox) as count`)

/** A pack whose action takes long enough to be caught in the act. */
async function writePack(home: string): Promise<string> {
  const dir = join(home, 'killed')
  for (const folder of ['actions', 'triggers', 'rules']) await mkdir(join(dir, folder), { recursive: true })
  await writeFile(join(dir, 'pack.yaml'), 'ref: killed\nlabel: Killed\nversion: 1.0.0\n')
  await writeFile(join(dir, 'triggers/happened.yaml'), 'ref: killed.happened\nlabel: Happened\n')
  await writeFile(
    join(dir, 'actions/work.yaml'),
    'ref: killed.work\nlabel: Work\nrunner_type: shell\nentry_point: work.sh\nparameters:\n  n: {type: integer, required: true}\n',
  )
  await writeFile(join(dir, 'actions/work.sh'), 'sleep 0.05\n')
  await writeFile(
    join(dir, 'rules/on_happened.yaml'),
    'ref: on_happened\nlabel: On happened\ntrigger_ref: happened\naction_ref: work\nenabled: true\naction_params: {n: "{{ event.payload.n }}"}\n',
  )
  return dir
}
