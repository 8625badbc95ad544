import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ActionRunner, createActionRunner } from '../src/action-runner/run.ts'
import { type Database, openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import {
  abandonExpired,
  abandonGone,
  cancelGone,
  earlierInstances,
} from '../src/domain/flow/execution/recovery.ts'
import { renewLeases } from '../src/domain/flow/execution/transitions.ts'
import { createSchemaCache } from '../src/domain/schema/cache.ts'
import { createWorkerStep, type WorkerStep } from '../src/pipeline/4-worker-to-result.ts'
import { eventually } from './eventually.ts'
import { toId } from '../src/id.ts'
import * as given from './given.ts'
import { type Running, running } from './running.ts'
import { shellAction } from './shell.ts'

/** A slot is taken by what runs, and by nothing else. */
describe('the slots of a worker', () => {
  let attune: Running
  let runner: ActionRunner
  let step: WorkerStep
  const claimant = { worker: 0, instance: '00000000-0000-4000-8000-000000000002', lease_seconds: 60 }

  beforeAll(async () => {
    attune = await running('postgres', [])
    const { packs, runtime_envs, artifacts, work } = attune.folders
    runner = await createActionRunner({
      packs_base_dir: packs,
      runtime_envs_dir: runtime_envs,
      artifacts_dir: artifacts,
      work_dir: join(work, 'slots'),
      api_url: attune.api_url(),
      max_stdout_bytes: 100_000,
      max_stderr_bytes: 100_000,
      env_passthrough: [],
      log: () => undefined,
    })
    const worker = await given.worker(attune.database)
    step = createWorkerStep({
      inject_system_keys: true,
      ...attune,
      runner,
      claimant: { ...claimant, worker: worker.id },
      schemas: createSchemaCache(),
      max_concurrent_tasks: 4,
      task_timeout: 30,
      inline_limit_bytes: 1_000_000,
    })
    claimant.worker = worker.id
  })
  afterAll(async () => {
    await runner.stop(0)
    await attune.end()
  })

  async function scheduled(script: string): Promise<Execution> {
    const action = await shellAction(attune.database, script)
    return given.execution(attune.database, {
      action: action.id,
      worker: claimant.worker,
      status: 'scheduled',
    })
  }
  const dispatch = (execution: Execution) => ({
    execution_id: execution.id,
    worker_id: toId<'worker'>(claimant.worker),
    action_ref: execution.action_ref,
    scheduled_attempt_updated_at: execution.updated,
  })

  test('are free again when the claim did not commit', async () => {
    const execution = await scheduled('true')

    const failing = attune.database.transaction(async (tx) => {
      await step.dispatchesToRuns(tx, [dispatch(execution)])
      expect(step.capacity()).toBe(3)
      throw new Error('the connection is lost')
    })

    await expect(failing).rejects.toThrow('the connection is lost')
    expect(step.capacity()).toBe(4)
    expect(await attune.database.one(sql`select status from execution where id = ${execution.id}`)).toEqual({
      status: 'scheduled',
    })
  })

  test('are free again when the action has ended and its end is recorded', async () => {
    const execution = await scheduled('echo done')

    await attune.database.transaction((tx) => step.dispatchesToRuns(tx, [dispatch(execution)]))
    expect(step.held()).toEqual([execution.id])
    await step.idle()

    expect(step.capacity()).toBe(4)
    expect(
      await attune.database.one(
        sql`select status, result->>'stdout' as stdout from execution where id = ${execution.id}`,
      ),
    ).toEqual({
      status: 'completed',
      stdout: 'done\n',
    })
  })

  test('keep the lease of what is held, and of nothing that was claimed unawares', async () => {
    const unaware = await given.execution(attune.database, {
      worker: claimant.worker,
      worker_instance: claimant.instance,
      status: 'running',
      lease_expires_at: new Date(Date.now() - 60_000).toISOString(),
    })
    const held = await scheduled('sleep 1')
    await attune.database.transaction((tx) => step.dispatchesToRuns(tx, [dispatch(held)]))

    await renewLeases(attune.database, { ...claimant, worker: toId<'worker'>(claimant.worker) }, step.held())
    await attune.database.transaction((tx) => abandonExpired(tx, 10))

    const statuses = await attune.database.many(
      sql`select id, status from execution where id = any(${[unaware.id, held.id]}) order by id`,
    )
    expect(statuses).toEqual([
      { id: unaware.id, status: 'abandoned' },
      { id: held.id, status: 'running' },
    ])
    await eventually(
      () => step.held(),
      (ids) => ids.length === 0,
    )
  })

  test('of an action that had ended by itself before it was told to: it has completed', async () => {
    const execution = await scheduled('echo done; sleep 1')
    await attune.database.transaction((tx) => step.dispatchesToRuns(tx, [dispatch(execution)]))
    await attune.database.run(
      sql`update execution set status = 'canceling', cancel_requested_at = now() where id = ${execution.id}`,
    )

    await step.idle()

    expect(
      await attune.database.one(
        sql`select status, result->'stdout' as stdout from execution where id = ${execution.id}`,
      ),
    ).toEqual({ status: 'completed', stdout: 'done\n' })
  })

  test('are not taken by a dispatch that comes again for what is canceling and never ran', async () => {
    const execution = await scheduled('true')
    await attune.database.run(sql`
      update execution set status = 'canceling', worker_instance = ${claimant.instance}, attempt = 1,
        cancel_requested_at = now(), cancel_requested_by = 'ann' where id = ${execution.id}`)

    await attune.database.transaction((tx) => step.dispatchesToRuns(tx, [dispatch(execution)]))

    expect(step.capacity()).toBe(4)
    expect(
      await attune.database.one(
        sql`select status, result->>'cancelled_by' as by from execution where id = ${execution.id}`,
      ),
    ).toEqual({ status: 'cancelled', by: 'ann' })
  })

  test('are free at once when the request to cancel overtakes the start of the process', async () => {
    const execution = await scheduled('sleep 60')
    runner.cancel(execution.id)

    await attune.database.transaction((tx) => step.dispatchesToRuns(tx, [dispatch(execution)]))
    await step.idle()

    expect(
      await attune.database.one(
        sql`select status, result->>'error' as error from execution where id = ${execution.id}`,
      ),
    ).toEqual({ status: 'cancelled', error: 'Execution cancelled by user' })
  })
})

describe('what an earlier process of a worker left behind', () => {
  let attune: Running
  beforeAll(async () => {
    attune = await running('postgres', [])
  })
  afterAll(() => attune.end())

  test('is ended where that process is known to be gone, and else left to its lease', async () => {
    const { database } = attune
    const worker = await given.worker(database)
    const [mine, gone, elsewhere] = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`)
    const left = (status: string, worker_instance = '') =>
      given.execution(database, { worker: worker.id, worker_instance, status, attempt: 1 })
    const rows = [
      await left('running', mine),
      await left('running', gone),
      await left('canceling', gone),
      await left('running', elsewhere),
    ]
    const by = { worker: worker.id, instance: mine ?? '' }

    const earlier = await earlierInstances(database, by)
    await database.transaction(async (tx) => {
      await abandonGone(tx, by, [gone ?? ''])
      await cancelGone(tx, by, [gone ?? ''])
    })

    expect(earlier.toSorted()).toEqual([gone, elsewhere])
    expect(
      await database.many(
        sql`select status from execution where id = any(${rows.map(({ id }) => id)}) order by id`,
      ),
    ).toEqual(['running', 'abandoned', 'cancelled', 'running'].map((status) => ({ status })))
  })
})

describe('a worker whose pool is busy', () => {
  let attune: Running
  let aside: Database
  beforeAll(async () => {
    attune = await running('postgres', ['worker'], {
      database: { max_connections: 2, connect_timeout: 60 },
      worker: { heartbeat_interval: 1, name: 'busy' },
    })
    aside = openDatabase({ url: attune.database_url, max_connections: 1 })
  })
  afterAll(async () => {
    await aside.close()
    await attune.end()
  })

  test('goes on to send heartbeats', async () => {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const held = Array.from({ length: 4 }, () =>
      attune.database.transaction(async (tx) => {
        await tx.run(sql`select 1`)
        await released
      }),
    )
    const beats = new Set<string>()

    await eventually(
      async () => {
        const { last_heartbeat } = await aside.one<{ last_heartbeat: string }>(
          sql`select last_heartbeat from worker where name = 'busy'`,
        )
        return beats.add(last_heartbeat).size
      },
      (count) => count >= 4,
    )

    release()
    await Promise.all(held)
  })
})
