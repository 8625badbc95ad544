import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { testMoves } from '../../../../test/moves.ts'
import { running, type Running } from '../../../../test/running.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { bury, resolve } from '../../../messages/dead-letter.ts'
import { deadLetterStatuses, transitions } from './status.ts'

let home: Running

beforeAll(async () => {
  home = await running('postgres', [])
})
afterAll(() => home.end())

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
    let id: Id<'dead_letter'> | undefined
    const letter = {
      queue: 'attune.enforcements.queue',
      exchange: 'attune.executions',
      routing_key: 'enforcement.created',
      type: 'EnforcementCreated',
      payload: {},
      message_id: randomUUID(),
      correlation_id: null,
      attempts: 5,
      reason: 'exhausted',
      error: 'a bug',
      stack: null,
      first_failed_at: null,
      last_failed_at: null,
    } as const
    await home.database.transaction((tx) =>
      bury(tx, letter, async (_, buried) => {
        id = buried.id
      }),
    )
    if (id === undefined) throw new Error('The letter was not put aside.')
    const resolved_at = status === 'open' ? null : new Date()
    await home.database.run(
      sql`update dead_letter set status = ${status}, resolved_at = ${resolved_at} where id = ${id}`,
    )
    return id
  },
  async look(id) {
    const { status } = await home.database.one<{ status: string }>(
      sql`select status from dead_letter where id = ${id}`,
    )
    return status
  },
})
