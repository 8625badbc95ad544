import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { testMoves } from '../../../../test/moves.ts'
import { running } from '../../../../test/running.ts'
import { sql } from '../../../database/sql.ts'
import type { Enforcement } from './enforcement.ts'
import { resolve } from './queries.ts'
import { enforcementStatuses, transitions } from './status.ts'

const home = await fixture(running('postgres', []))

testMoves<Enforcement>({
  statuses: enforcementStatuses,
  transitions,
  movers: {
    'resolve of a rule that may run': {
      by: 'executor',
      work: ({ id }) => home.database.transaction((tx) => resolve(tx, [id], new Map())),
    },
    'resolve of a rule that is refused': {
      by: 'executor',
      work: ({ id, rule }) =>
        home.database.transaction((tx) =>
          resolve(tx, [id], new Map(rule === null ? [] : [[rule, 'It may not.']])),
        ),
    },
  },
  put: (status) => given.enforcement(home.database, { status }),
  async look({ id }) {
    const { status } = await home.database.one<Enforcement>(
      sql`select status from enforcement where id = ${id}`,
    )
    return status
  },
})
