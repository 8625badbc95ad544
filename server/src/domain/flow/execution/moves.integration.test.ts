import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { type Mover, testMoves } from '../../../../test/moves.ts'
import { running } from '../../../../test/running.ts'
import type { Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import * as recovery from './recovery.ts'
import {
  type Actor,
  executionStatuses,
  type TerminalStatus,
  terminalStatuses,
  transitions,
} from './status.ts'
import * as moves from './transitions.ts'

const instance = randomUUID()

const home = await fixture(running('postgres', []))
const worker = (await given.worker(home.database)).id

const late = { seconds: 60, limit: 1000 }
const holder = () => ({ worker, instance, lease_seconds: 60 })
const result = { error: 'No.' }

type Row = Id<'execution'>
const by = (actor: Actor, work: (tx: Transaction, id: Row) => Promise<unknown>): Mover<Row> => ({
  by: actor,
  work: (id) => home.database.transaction(async (tx) => work(tx, id)),
})
const endAs = (status: TerminalStatus) =>
  by('worker', (tx, id) => moves.end(tx, [{ id, attempt: 1, status, result: {} }], holder()))
const deadLettered = (from: 'requested' | 'scheduled') =>
  by('executor', (tx, id) =>
    moves.failDeadLettered(tx, { id, from, scheduled_attempt_updated_at: null, result }),
  )

type Movers = Exclude<
  keyof typeof moves | keyof typeof recovery,
  | 'lockRequested'
  | 'lockToCancel'
  | 'lockLiveOf'
  | 'renewLeases'
  | 'findCanceling'
  | 'publishDispatched'
  | 'cancelledResult'
  | 'earlierInstances'
>
const movers: Record<Movers, Mover<Row>> = {
  schedule: by('executor', (tx, id) => moves.schedule(tx, [{ id, worker, config: null }])),
  refuse: by('executor', (tx, id) => moves.refuse(tx, [{ id, result, for_good: false }])),
  failDeadLettered: deadLettered('requested'),
  claim: by('worker', (tx, id) => moves.claim(tx, [id], holder())),
  cancelUnbegun: by('api', (tx, id) => moves.cancelUnbegun(tx, [id], { by: 'somebody', error: 'No.' })),
  askToCancel: by('api', (tx, id) => moves.askToCancel(tx, [id], 'somebody')),
  cancelUnheld: by('worker', (tx, id) => moves.cancelUnheld(tx, [id], holder())),
  end: endAs('completed'),
  giveBack: by('worker', (tx) => moves.giveBack(tx, holder())),
  abandonExpired: by('executor', (tx) => recovery.abandonExpired(tx, late.limit)),
  cancelExpired: by('executor', (tx) => recovery.cancelExpired(tx, late.limit)),
  abandonGone: by('worker', (tx) => recovery.abandonGone(tx, holder(), [instance])),
  cancelGone: by('worker', (tx) => recovery.cancelGone(tx, holder(), [instance])),
  takeBack: by('executor', (tx) => recovery.takeBack(tx, [worker], late)),
  failUntaken: by('executor', (tx) => recovery.failUntaken(tx, [worker], late)),
  releaseHalfPlaced: by('executor', (tx) => recovery.releaseHalfPlaced(tx, late)),
}

testMoves<Row>({
  statuses: executionStatuses,
  transitions,
  movers: {
    ...movers,
    'failDeadLettered of a dispatch': deadLettered('scheduled'),
    ...Object.fromEntries(terminalStatuses.map((status) => [`end as ${status}`, endAs(status)])),
  },
  /** Overdue in whatever it does. */
  async put(status) {
    await home.database.run(sql`delete from execution`)
    const past = { lease_expires_at: '2020-01-01', updated: '2020-01-01' }
    const held = { worker, worker_instance: instance, attempt: 1, ...past }
    return (await given.execution(home.database, { status, ...held })).id
  },
  /** An end is said, and nothing is said of one that stays as it was. */
  async look(id, from) {
    const { status, said } = await home.database.one<{ status: string; said: string[] }>(sql`
      with said as (delete from message where type <> 'NotificationCreated' returning type)
      select status, array(select type from said) as said from execution where id = ${id}`)
    if (status === from) expect(said).toEqual([])
    const ended = status !== from && terminalStatuses.some((end) => end === status)
    expect(said.includes('ExecutionCompleted')).toBe(ended)
    return status
  },
})
