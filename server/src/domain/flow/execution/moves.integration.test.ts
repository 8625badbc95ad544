import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { running, type Running } from '../../../../test/running.ts'
import * as given from '../../../../test/given.ts'
import type { Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import * as recovery from './recovery.ts'
import {
  type Actor,
  executionStatuses,
  type ExecutionStatus,
  terminalStatuses,
  transitions,
} from './status.ts'
import * as moves from './transitions.ts'

/*
 * Every function that moves executions, done to an execution of every status: what it moves must be declared for whom it
 * acts for, and all that is declared must be done by one of them.
 */

let home: Running
let worker: Id<'worker'>
const instance = randomUUID()

beforeAll(async () => {
  home = await running('postgres', [])
  worker = (await given.worker(home.database)).id
})
afterAll(() => home.end())

type Done = { by: Actor; work(tx: Transaction, id: Id<'execution'>): Promise<unknown> }
type Movers = Exclude<
  keyof typeof moves | keyof typeof recovery,
  | 'lockRequested'
  | 'lockToCancel'
  | 'lockLiveOf'
  | 'renewLeases'
  | 'findCanceling'
  | 'sayDispatched'
  | 'cancelledResult'
  | 'earlierInstances'
>
const late = { seconds: 60, limit: 1000 }
const holder = () => ({ worker, instance, lease_seconds: 60 })
const result = { error: 'No.' }

const done = {
  schedule: {
    by: 'executor',
    work: (tx, id) => moves.schedule(tx, [{ id, worker, config: null }]),
  },
  refuse: { by: 'executor', work: (tx, id) => moves.refuse(tx, [{ id, result, for_good: false }]) },
  failDeadLettered: {
    by: 'executor',
    async work(tx, id) {
      const dead = { id, scheduled_attempt_updated_at: null, result }
      await moves.failDeadLettered(tx, { ...dead, from: 'requested' })
      await moves.failDeadLettered(tx, { ...dead, from: 'scheduled' })
    },
  },
  claim: { by: 'worker', work: (tx, id) => moves.claim(tx, [id], holder()) },
  cancelUnbegun: {
    by: 'api',
    work: (tx, id) => moves.cancelUnbegun(tx, [id], { by: 'somebody', error: 'No.' }),
  },
  askToCancel: { by: 'api', work: (tx, id) => moves.askToCancel(tx, [id], 'somebody') },
  cancelUnheld: { by: 'worker', work: (tx, id) => moves.cancelUnheld(tx, [id], holder()) },
  end: { by: 'worker', work: (tx, id) => endAs(tx, id, 'completed') },
  giveBack: { by: 'worker', work: (tx) => moves.giveBack(tx, holder()) },
  abandonExpired: { by: 'executor', work: (tx) => recovery.abandonExpired(tx, late.limit) },
  cancelExpired: { by: 'executor', work: (tx) => recovery.cancelExpired(tx, late.limit) },
  abandonGone: { by: 'worker', work: (tx) => recovery.abandonGone(tx, holder(), [instance]) },
  cancelGone: { by: 'worker', work: (tx) => recovery.cancelGone(tx, holder(), [instance]) },
  takeBack: { by: 'executor', work: (tx) => recovery.takeBack(tx, [worker], late) },
  failUntaken: { by: 'executor', work: (tx) => recovery.failUntaken(tx, [worker], late) },
  releaseHalfPlaced: { by: 'executor', work: (tx) => recovery.releaseHalfPlaced(tx, late) },
} satisfies Record<Movers, Done>

const ends = terminalStatuses.map((status) => ({
  name: `end as ${status}`,
  by: 'worker' as const,
  work: (tx: Transaction, id: Id<'execution'>) => endAs(tx, id, status),
}))
const named: readonly (Done & { name: string })[] = [
  ...Object.entries<Done>(done).map(([name, { by, work }]) => ({ name, by, work })),
  ...ends,
]

function endAs(tx: Transaction, id: Id<'execution'>, status: (typeof terminalStatuses)[number]) {
  return moves.end(tx, [{ id, attempt: 1, status, result: {} }], holder())
}

/** One that is overdue in whatever it does, so that nothing but its status keeps it from being moved. */
async function overdue(status: ExecutionStatus): Promise<Id<'execution'>> {
  const { database: db } = home
  await db.run(sql`delete from execution`)
  const { id } = await given.execution(db, {
    status,
    worker,
    worker_instance: instance,
    attempt: 1,
    lease_expires_at: '2020-01-01',
    updated: '2020-01-01',
  })
  return id
}

/** What it does to an execution of each status, as steps of the table. */
async function stepsOf({ by, work }: Done): Promise<string[]> {
  const steps: string[] = []
  for (const from of executionStatuses) {
    const id = await overdue(from)
    await home.database.transaction(async (tx) => work(tx, id))
    const { status, said } = await home.database.one<{ status: ExecutionStatus; said: string[] }>(sql`
      with said as (delete from message returning type)
      select status, array(select type from said where type <> 'NotificationCreated') as said
      from execution where id = ${id}`)
    if (status === from) expect(said).toEqual([])
    else steps.push([from, status, by].join(' '))
    const ended = status !== from && terminalStatuses.some((end) => end === status)
    expect(said.includes('ExecutionCompleted')).toBe(ended)
  }
  return steps
}

const declared = transitions.map((step) => step.join(' '))

test.each(named)(
  '$name moves what the table lets it move and leaves the rest alone, ends said',
  async (mover) => {
    const steps = await stepsOf(mover)

    expect(steps).not.toEqual([])
    expect(steps.filter((step) => !declared.includes(step))).toEqual([])
  },
)

test('every declared step is taken', async () => {
  const taken = new Set<string>()
  for (const mover of named) for (const step of await stepsOf(mover)) taken.add(step)

  expect(declared.filter((step) => !taken.has(step))).toEqual([])
})
