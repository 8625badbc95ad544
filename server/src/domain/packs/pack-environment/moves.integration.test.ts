import { randomUUID } from 'node:crypto'
import { beforeAll } from 'vitest'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { type Mover, testMoves } from '../../../../test/moves.ts'
import { running } from '../../../../test/running.ts'
import type { Database, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import * as environments from './queries.ts'
import { environmentStatuses, transitions } from './status.ts'

let builder: environments.EnvironmentBuilder
let kind: Pick<environments.IdentifiedEnvironment, 'pack' | 'pack_ref' | 'runtime' | 'runtime_ref'>

const home = await fixture(running('postgres', []))

beforeAll(async () => {
  const { id: worker, name: worker_name } = await given.worker(home.database)
  builder = { worker, worker_name, instance: randomUUID(), lease_seconds: 60 }
  const { id, ref, pack, pack_ref } = await given.runtime(home.database)
  kind = { pack, pack_ref, runtime: id, runtime_ref: ref }
})

const end = { checksum: 'sum', env_path: '/env', log: '' }
const found = { checksum: 'sum', env_path: '/env', worker_name: 'found' }
type Row = environments.SeenEnvironment
const byWorker = (work: (db: Database, row: Row) => Promise<unknown>): Mover<Row> => ({
  by: 'worker',
  work: (row) => work(home.database, row),
})
const asked = (anew: boolean): Mover<Row> => ({
  by: 'api',
  work: () => home.database.transaction((tx) => environments.request(tx, [kind.pack], { anew })),
})
const inTransaction = (work: (tx: Transaction, row: Row) => Promise<unknown>) =>
  byWorker((db, row) => db.transaction((tx) => work(tx, row)))

testMoves<Row>({
  statuses: environmentStatuses,
  transitions,
  movers: {
    claim: byWorker((db, row) => environments.claim(db, row, builder)),
    installed: inTransaction((tx, row) => environments.installed(tx, row, end)),
    'installed, asked for anew meanwhile': inTransaction(async (tx, row) => {
      await tx.run(sql`update pack_environment set rebuild_requested = true where id = ${row.id}`)
      await environments.installed(tx, row, end)
    }),
    failed: byWorker((db, row) => environments.failed(db, row, { ...end, error: 'No.' })),
    release: byWorker((db, row) => environments.release(db, row)),
    releaseOf: byWorker((db) => environments.releaseOf(db, builder.worker, [builder.instance])),
    verified: byWorker((db, row) => environments.verified(db, row.id, found)),
    'request of what failed': asked(false),
    'request of all anew': asked(true),
  },
  /** One whose claim has not run out. */
  async put(status) {
    const { database: db } = home
    await db.run(sql`delete from pack_environment`)
    const environment = {
      runtime_version: null,
      runtime_version_text: null,
      volume: randomUUID(),
      env_path: '/env',
    }
    const row = await environments.see(db, { ...kind, ...environment })
    await db.run(sql`
      update pack_environment
      set status = ${status}, claimed_by_worker = ${builder.worker}, claimed_by_instance = ${builder.instance},
        claim_expires_at = now() + interval '1 hour'
      where id = ${row.id}`)
    return row
  },
  async look({ id }) {
    const { status } = await home.database.one<Row>(sql`select status from pack_environment where id = ${id}`)
    return status
  },
})
