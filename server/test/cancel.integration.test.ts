import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Transaction } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import { cancel } from '../src/domain/flow/execution/cancel.ts'
import { createManually } from '../src/domain/flow/execution/create.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import type { Caller } from '../src/domain/caller/caller.ts'
import { type Id, toId } from '../src/id.ts'
import { hasBroker } from './broker.ts'
import { eventually } from './eventually.ts'
import { type Running, running, type TransportName } from './running.ts'
import { shellAction } from './shell.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']
const caller: Caller = {
  kind: 'access',
  identity: toId<'identity'>(1),
  login: 'ann',
  attributes: {},
  grants: [{ resource: 'executions', actions: ['cancel'] }],
}
const context = {
  caller,
  request_id: '7f6a1de2-3f0f-4b5b-9c53-2a8d5ce0a001',
  client_ip: '127.0.0.1',
  user_agent: null,
}

async function create(
  tx: Transaction,
  action: { id: Id<'action'>; ref: string },
  max_retries = 0,
): Promise<Execution> {
  const [created] = await createManually(tx, [
    {
      action: action.id,
      action_ref: action.ref,
      max_retries,
      config: null,
      env_vars: null,
      parent: null,
      executor: null,
      permission_set_refs: [],
      authority_set_refs: null,
      artifact_retention_policy: null,
      artifact_retention_limit: null,
      worker_selector: null,
      worker_tolerations: null,
      worker_affinity: null,
      correlation_id: null,
    },
  ])
  if (created === undefined) throw new Error('nothing was created')
  return created
}

describe.each(transports)('cancelling over %s', (transport) => {
  let attune: Running

  beforeAll(async () => {
    attune = await running(transport, ['executor'], {
      worker: { heartbeat_interval: 1, name: 'canceller' },
    })
    await shellAction(attune.database, 'true') // a worker looks for the runtimes that are there when it starts
    await attune.start(['worker'])
  })
  afterAll(() => attune.end())

  const read = (id: number) => attune.database.one<Execution>(sql`select * from execution where id = ${id}`)
  const cancelIt = (id: Execution['id']) => attune.database.transaction((tx) => cancel(tx, id, context))
  const became = (id: number, status: string) =>
    eventually(
      () => read(id),
      (execution) => execution.status === status,
      30_000,
    )

  /** Where actions may write, whoever they run as. */
  const spot = mkdtempSync(join(tmpdir(), 'attune-cancel-'))
  chmodSync(spot, 0o777)
  afterAll(() => rmSync(spot, { recursive: true }))

  async function start(script: string, max_retries: number): Promise<Execution> {
    const action = await shellAction(attune.database, script)
    return attune.database.transaction((tx) => create(tx, action, max_retries))
  }

  async function begun(script: string, max_retries = 0): Promise<Execution> {
    const mark = join(spot, `begun-${Math.random()}`)
    const execution = await start(`touch ${mark}; ${script}`, max_retries)
    await eventually(
      () => existsSync(mark),
      (exists) => exists,
      30_000,
    )
    return execution
  }

  test('an action that runs is stopped, and the row says by whom', async () => {
    const execution = await begun('echo half; sleep 60', 2)

    await cancelIt(execution.id)

    const ended = await became(execution.id, 'cancelled')
    expect(ended).toMatchObject({
      attempt: 1,
      lease_expires_at: null,
      result: {
        error: 'Execution cancelled by user',
        cancelled: true,
        cancelled_by: 'ann',
        stdout: 'half\n',
        signal: 'SIGTERM',
      },
    })
    expect(
      await attune.database.many(sql`select from execution where original_execution = ${execution.id}`),
    ).toEqual([])
  })

  test('a request that got lost is made good by the heartbeat', async () => {
    const execution = await begun('sleep 60')

    await attune.database.run(sql`
      update execution set status = 'canceling', cancel_requested_at = now(), cancel_requested_by = 'ann'
      where id = ${execution.id}`)

    expect(await became(execution.id, 'cancelled')).toMatchObject({ result: { cancelled_by: 'ann' } })
  })

  test('a cancelled action that was to be placed is not run', async () => {
    const mark = join(spot, 'never')
    const action = await shellAction(attune.database, `touch ${mark}`)
    const created = await attune.database.transaction(async (tx) => {
      const made = await create(tx, action)
      await cancel(tx, made.id, context)
      return made
    })
    const next = await begun('true')
    await became(next.id, 'completed')

    expect(await read(created.id)).toMatchObject({ status: 'cancelled', attempt: 0 })
    expect(existsSync(mark)).toBe(false)
  })
})
