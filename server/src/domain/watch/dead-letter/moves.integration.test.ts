import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { testMoves } from '../../../../test/moves.ts'
import { running } from '../../../../test/running.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { resolve } from '../../../messages/dead-letter.ts'
import { deadLetterStatuses, transitions } from './status.ts'

const home = await fixture(running('postgres', []))

const resolved = (status: 'replayed' | 'discarded') => ({
  by: 'api',
  work: (id: Id<'dead_letter'>) =>
    home.database.transaction((tx) => resolve(tx, [{ id, status, resolved_by: null, new_execution: null }])),
})

testMoves<Id<'dead_letter'>>({
  statuses: deadLetterStatuses,
  transitions,
  movers: { 'a replay': resolved('replayed'), 'a discard': resolved('discarded') },
  async put(status) {
    const resolved_at = status === 'open' ? null : new Date()
    const { id } = await given.deadLetter(home.database, { status, resolved_at })
    return id
  },
  async look(id) {
    const { status } = await home.database.one<{ status: string }>(
      sql`select status from dead_letter where id = ${id}`,
    )
    return status
  },
})
