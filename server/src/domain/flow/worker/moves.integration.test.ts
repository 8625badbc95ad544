import { randomUUID } from 'node:crypto'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { testMoves } from '../../../../test/moves.ts'
import { running } from '../../../../test/running.ts'
import { sql } from '../../../database/sql.ts'
import { heartbeat, deactivate, register } from './queries.ts'
import { deactivateSilent } from './silence.ts'
import { transitions, workerStatuses } from './status.ts'
import type { Worker } from './worker.ts'

const instance = randomUUID()

const home = await fixture(running('postgres', []))

testMoves<Worker>({
  statuses: workerStatuses,
  transitions,
  movers: {
    register: {
      by: 'worker',
      work: ({ name }) =>
        register(home.database, {
          meta: {},
          name,
          worker_type: 'local',
          worker_role: 'action',
          host: 'localhost',
          instance: randomUUID(),
          capabilities: {},
        }),
    },
    beat: { by: 'worker', work: ({ id }) => heartbeat(home.database, id, instance, {}) },
    deactivate: { by: 'worker', work: ({ id }) => deactivate(home.database, id, instance) },
    deactivateSilent: { by: 'executor', work: () => deactivateSilent(home.database, 60) },
  },
  async put(status) {
    await home.database.run(sql`delete from worker`)
    return given.worker(home.database, { status, instance, last_heartbeat: '2020-01-01' })
  },
  async look({ id }) {
    const { status } = await home.database.one<Worker>(sql`select status from worker where id = ${id}`)
    return status
  },
})
