import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import { type FreshBroker, freshBroker, hasBroker } from './broker.ts'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { type ProgramProcess, startProgram } from './program.ts'
import { type RoleProcess, startWorkerProcess } from './role-process.ts'
import type { TransportName } from './running.ts'
import { shellAction } from './shell.ts'

const transports: TransportName[] = hasBroker() ? ['postgres', 'rabbitmq'] : ['postgres']
const long = { timeout: 120_000 }

/** An attempt as its own process told it: seconds since the machine started. */
type Trail = { ticks: number[] }

/** Workers as processes of their own that are killed, stopped, continued and replaced. Leases last three seconds. */
describe.each(transports)('a worker that is lost over %s', (transport) => {
  let home: string
  let broker: FreshBroker | undefined
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Database
  let env: Record<string, string>
  let program: ProgramProcess
  const workers = new Map<string, RoleProcess>()

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'attune-loss-'))
    broker = transport === 'rabbitmq' ? await freshBroker() : undefined
    database = await freshDatabase()
    db = openDatabase({ url: database.url, max_connections: 2 })
    env = {
      ATTUNE__DATABASE__URL: database.url,
      ATTUNE__DEMO: 'false',
      ATTUNE__WORKER__HEARTBEAT_INTERVAL: '1',
      ATTUNE__WORKER__SHUTDOWN_TIMEOUT: '2',
      ATTUNE__WORKER__MAX_CONCURRENT_TASKS: '1',
      ATTUNE__EXECUTOR__SWEEP_INTERVAL: '1',
      ...(broker === undefined ? {} : { ATTUNE__MESSAGE_QUEUE__URL: broker.url }),
    }
    program = await startProgram(home, env, ['--roles', 'api,executor'])
  }, 60_000)
  afterEach(async () => {
    for (const worker of workers.values()) {
      worker.signal('SIGCONT')
      await worker.end('SIGKILL')
    }
    workers.clear()
    await db.run(sql`update worker set status = 'inactive'`)
  })
  afterAll(async () => {
    await program.end('SIGTERM')
    await db.close()
    await database.drop()
    await broker?.drop()
    await rm(home, { recursive: true, force: true })
  })

  async function worker(name: string, key = name): Promise<RoleProcess> {
    const started = await startWorkerProcess(home, name, env)
    workers.set(key, started)
    return started
  }

  const read = (id: number) => db.one<Execution>(sql`select * from execution where id = ${id}`)
  const retryOf = (id: number) =>
    db.maybe<Execution>(sql`select * from execution where original_execution = ${id}`)
  const ended = (id: number) =>
    eventually(
      () => read(id),
      ({ live }) => live === false,
      60_000,
    )
  const endedRetry = (id: number) =>
    eventually(
      () => retryOf(id),
      (retry) => retry?.live === false,
      60_000,
    )

  async function run(script: string, max_retries: number): Promise<Execution> {
    const action = await shellAction(db, script, { max_retries })
    const { data } = await program.api<{ data: Execution }>('POST', '/api/v1/executions/execute', {
      action_ref: action.ref,
    })
    return data
  }

  /** Runs an action whose first attempt goes on for ever and whose second ends after a second; both tell when they live. */
  async function runForEver(): Promise<{ execution: Execution; first(): Trail; second(): Trail }> {
    const dir = await mkdtemp(join(home, 'trail-'))
    await chmod(dir, 0o777) // for whoever the action runs as
    const tell = (name: string) => `cut -d' ' -f1 /proc/uptime >> ${dir}/${name}`
    const script = `
      trap '' TERM
      if mkdir ${dir}/begun 2>/dev/null; then while :; do ${tell('first')}; sleep 0.05; done; fi
      for i in 1 2 3 4 5 6 7 8 9 10; do ${tell('second')}; sleep 0.1; done`
    const execution = await run(script, 1)
    const trail = (name: string) => (): Trail => {
      const path = join(dir, name)
      return { ticks: existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : [] }
    }
    const first = trail('first')
    await eventually(first, ({ ticks }) => ticks.length > 0, 30_000)
    return { execution, first, second: trail('second') }
  }

  function expectOneAfterTheOther(first: Trail, second: Trail): void {
    expect(first.ticks.length * second.ticks.length).toBeGreaterThan(0)
    expect(Math.max(...first.ticks)).toBeLessThan(Math.min(...second.ticks))
  }

  const endsOf = (id: number) =>
    db.many<{ status: string }>(sql`
      select new_values->>'status' as status from execution_history
      where entity_id = ${id}
        and new_values->>'status' in ('completed', 'failed', 'cancelled', 'timeout', 'abandoned')`)

  test(
    'killed: its actions die, its executions are abandoned, and another worker tries again',
    long,
    async () => {
      const doomed = await worker('a')
      const { execution, first, second } = await runForEver()
      await worker('b')

      await doomed.end('SIGKILL')

      expect(await ended(execution.id)).toMatchObject({
        status: 'abandoned',
        result: { abandoned_by: 'lease_sweep', error: expect.stringContaining('Worker a stopped answering') },
      })
      expect(await endedRetry(execution.id)).toMatchObject({ status: 'completed', retry_reason: 'abandoned' })
      expectOneAfterTheOther(first(), second())
    },
  )

  test('killed and started again: what it left is ended, and tried again alone', long, async () => {
    const doomed = await worker('a')
    const { execution, first, second } = await runForEver()

    await doomed.end('SIGKILL')
    await worker('a', 'a again')

    expect(await ended(execution.id)).toMatchObject({ status: 'abandoned' })
    expect(await endedRetry(execution.id)).toMatchObject({ status: 'completed' })
    expectOneAfterTheOther(first(), second())
  })

  test(
    'stopped and continued: its actions die in time, and its late result changes nothing',
    long,
    async () => {
      const frozen = await worker('a')
      const { execution, first, second } = await runForEver()
      await worker('b')

      frozen.signal('SIGSTOP')
      await endedRetry(execution.id)
      const before = await read(execution.id)
      frozen.signal('SIGCONT')
      await eventually(frozen.output, (text) => text.includes('"recorded":false'), 30_000)

      expect(before).toMatchObject({ status: 'abandoned' })
      expect(await read(execution.id)).toEqual(before)
      expect(await endsOf(execution.id)).toEqual([{ status: 'abandoned' }])
      expectOneAfterTheOther(first(), second())
    },
  )

  test('whose name another process takes ends what it holds and takes no more', long, async () => {
    const old = await worker('a')
    const { execution, first, second } = await runForEver()

    const successor = await worker('a', 'a again')
    const next = await run('true', 0)

    await eventually(old.output, (text) => text.includes('has taken over the name'), 30_000)
    expect(await ended(execution.id)).toMatchObject({ status: 'abandoned' })
    expect(await endedRetry(execution.id)).toMatchObject({ status: 'completed' })
    expect(await ended(next.id)).toMatchObject({ status: 'completed' })
    expectOneAfterTheOther(first(), second())
    const current = await db.one<{ instance: string }>(sql`select instance from worker where name = 'a'`)
    expect((await read(next.id)).worker_instance).toBe(current.instance)

    await successor.end('SIGTERM') // its name is free: work for it does not wait for good
    const last = await run('true', 0)
    expect(await ended(last.id)).toMatchObject({ status: 'completed' })
  })

  test(
    'asked to stop: hands back what has not begun, lets actions end, and cuts off what does not',
    long,
    async () => {
      const stopping = await worker('a')
      const { execution } = await runForEver()
      const waiting = await run('echo elsewhere', 0)
      await eventually(
        () => read(waiting.id),
        ({ status }) => status === 'scheduled',
      )

      expect(await stopping.end('SIGTERM')).toBe(0)

      expect(await read(execution.id)).toMatchObject({
        status: 'abandoned',
        result: { error: 'Worker shut down before the action finished' },
      })
      expect(await read(waiting.id)).toMatchObject({ status: 'requested', worker: null, attempt: 0 })
      await worker('b')
      expect(await ended(waiting.id)).toMatchObject({ status: 'completed', attempt: 1 })
      expect(await endedRetry(execution.id)).toMatchObject({ status: 'completed' })
    },
  )

  test('asked to stop: an action that ends within its time has completed', long, async () => {
    const stopping = await worker('a')
    const execution = await run('sleep 1; echo done', 0)
    await eventually(
      () => read(execution.id),
      ({ status }) => status === 'running',
      30_000,
    )

    expect(await stopping.end('SIGTERM')).toBe(0)

    expect(await read(execution.id)).toMatchObject({ status: 'completed', result: { stdout: 'done\n' } })
  })
})
