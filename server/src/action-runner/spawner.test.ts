import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ActionHome } from '../../test/action-home.ts'
import { eventually } from '../../test/eventually.ts'
import { monotonicMs } from '../waiting/monotonic.ts'
import { isGone, noteProcess, privateFolders } from './private-folders.ts'
import { createActionRunner } from './run.ts'

const long = { timeout: 60_000 }

/** Ids of the spawners whose folders lie in this home. */
function spawnersOf(home: ActionHome): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || pid === process.pid) return false
      const command = readQuietly(`/proc/${pid}/cmdline`)
      return command.includes('spawner.js') && command.includes(home.path('work/actions'))
    })
}

/** Everything below the private folders but pipes and empty folders to work in. */
function privateFilesOf(home: ActionHome): string[] {
  const pipes = readdirSync('/dev/shm').filter((name) => name.startsWith('attune-'))
  const ours = pipes
    .map((name) => join('/dev/shm', name))
    .filter((path) => spawnersOf(home).some((pid) => readQuietly(`/proc/${pid}/cmdline`).includes(path)))
  return [home.path('work/actions'), home.path('work/quick'), ...ours]
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith('process-'))
    .map(({ name }) => name)
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // the process has just ended
  }
}

/** Processes, dead and not collected ones included, that carry the home in their command line or are children of `parents`. */
function processesOf(home: ActionHome, parents: number[]): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid || parents.includes(Number(name))) return false
    const parent = /^PPid:\s+(\d+)/m.exec(readQuietly(`/proc/${name}/status`))?.[1]
    return readQuietly(`/proc/${name}/cmdline`).includes(home.root) || parents.includes(Number(parent))
  })
}

async function numberIn(path: string): Promise<number> {
  return Number(
    await eventually(
      () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
      (text) => text.endsWith('\n'),
    ),
  )
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readQuietly(`/proc/${pid}/status`))
}

test('when a spawner dies its actions are killed and reported, and the next ones run', long, async () => {
  const home = await new ActionHome().start()
  const pids = home.path('pids')
  const running = home.run(`sleep 60 & echo $! > ${pids}; wait`)
  const child = await numberIn(pids)
  const [spawner = 0] = spawnersOf(home)

  process.kill(spawner, 'SIGKILL')

  const ended = await running
  expect(ended).toMatchObject({
    status: 'failed',
    abandoned: true,
    result: { succeeded: false, error: expect.stringContaining('ended unexpectedly (code SIGKILL)') },
  })
  expect(ended.started_at).toBeDefined()
  await eventually(
    () => isAlive(child),
    (alive) => !alive,
  )
  expect(await home.result('echo again')).toMatchObject({ stdout: 'again\n' })
  expect(spawnersOf(home)).toHaveLength(1)
  expect(privateFilesOf(home)).toEqual([])
  const folders = readdirSync(home.path('work/actions', home.instance))
  expect(folders.filter((name) => name.startsWith('spawner-'))).toEqual(['spawner-2'])
  await home.stop()
})

test('when the worker dies the spawner ends its actions and itself', long, async () => {
  const home = new ActionHome()
  const pids = home.path('pids')
  const worker = home.path('worker.mjs')
  const run = new URL('../../dist/action-runner/run.js', import.meta.url).pathname
  const request = home.inline(`trap '' TERM; sleep 60 & echo $! > ${pids}; wait; sleep 60`)
  const { log: _, ...options } = home.options
  writeFileSync(
    worker,
    `import { createActionRunner } from ${JSON.stringify(run)}
    const runner = await createActionRunner({ ...${JSON.stringify(options)}, log() {} })
    await runner.run(${JSON.stringify(request)})`,
  )
  const parent = fork(worker, { execArgv: [] })
  const child = await numberIn(pids)
  const [spawner = 0] = spawnersOf(home)

  parent.kill('SIGKILL')

  await eventually(
    () => [child, spawner].filter(isAlive),
    (alive) => alive.length === 0,
  )
  home.instance = 'worker-2'
  await home.start() // sweeps what the dead worker left
  expect(readdirSync(home.path('work/actions'))).toEqual(['worker-2'])
  await home.stop()
})

test('when the worker dies while actions are being started none of them is left', long, async () => {
  const home = new ActionHome()
  const pids = home.path('pids')
  const worker = home.path('worker.mjs')
  const run = new URL('../../dist/action-runner/run.js', import.meta.url).pathname
  const requests = Array.from({ length: 80 }, () => home.inline(`echo $$ >> ${pids}; exec sleep 60`))
  const { log: _, ...options } = home.options
  writeFileSync(
    worker,
    `import { createActionRunner } from ${JSON.stringify(run)}
    const runner = await createActionRunner({ ...${JSON.stringify(options)}, log() {} })
    await Promise.all(${JSON.stringify(requests)}.map((request) => runner.run(request)))`,
  )
  const started = () => readQuietly(pids).split('\n').filter(Boolean).map(Number)
  const parent = fork(worker, { execArgv: [] })
  await eventually(started, (list) => list.length >= 5)

  parent.kill('SIGKILL') // a report of the spawner now meets a closed channel

  await eventually(
    () => spawnersOf(home),
    (alive) => alive.length === 0,
  )
  await eventually(
    () => started().filter(isAlive),
    (alive) => alive.length === 0,
  )
  await home.stop()
})

test('a stop gives running actions their time and takes nothing new', long, async () => {
  const home = await new ActionHome({ spawners: 2 }).start()
  const finishing = home.run('sleep 0.5; echo done')
  await eventually(
    () => home.runner.running(),
    (running) => running === 1,
  )

  const stopped = home.runner.stop(20_000)

  expect(await home.run('echo late')).toMatchObject({ status: 'failed', abandoned: true })
  expect((await finishing).result.stdout).toBe('done\n')
  await stopped
  expect(spawnersOf(home)).toEqual([])
  await home.stop()
})

test('a stop ends what outlasts its time', long, async () => {
  const home = await new ActionHome().start()
  const outlasting = home.run('echo begun; sleep 60')
  await eventually(() => existsSync(home.path('artifacts/executions/1/stdout.log')), Boolean)

  await home.runner.stop(100)

  expect(await outlasting).toMatchObject({
    status: 'failed',
    abandoned: true,
    result: { error: 'Worker shut down before the action finished', stdout: 'begun\n' },
  })
  await home.stop()
})

test('a spawner that has grown too large finishes its work and is replaced', long, async () => {
  const home = await new ActionHome({ spawner_max_rss_bytes: 1 }).start()
  const [first] = spawnersOf(home)
  const running = home.run('sleep 1; echo finished')
  await home.run('true')
  await eventually(
    () => home.logged,
    (lines) => lines.some((line) => line.includes('has grown to')),
  )

  const next = await home.result('echo $PPID')

  expect(Number(next.stdout)).not.toBe(first)
  expect((await running).result.stdout).toBe('finished\n')
  await eventually(
    () => spawnersOf(home),
    (spawners) => first !== undefined && !spawners.includes(first),
  )
  await home.stop()
})

test('two hundred runs leave no process, no zombie and no file behind', long, async () => {
  const home = await new ActionHome({ spawners: 2 }).start()
  home.file('file.sh', 'cat "$ATTUNE_PARAMETER_FILE" > /dev/null; cat\n')
  const kinds = [
    () => home.run('echo hi; exit $n', { parameters: { n: 1 } }),
    () => home.run('true', { action: { pack_ref: 'no_folder' } }),
    () =>
      home.runner.run(
        home.request({ action: { entrypoint: 'file.sh', parameter_delivery: 'file' }, parameters: { a: 1 } }),
      ),
    () => home.runner.run(home.request({ action: { entrypoint: 'missing.sh' } })),
    () => home.run('true & true | true', { parameters: { a: 'x'.repeat(70_000) } }),
  ]
  let left = 200
  const lane = async () => {
    while (left-- > 0) await kinds[left % kinds.length]?.()
  }

  await Promise.all(Array.from({ length: 12 }, lane))

  expect(privateFilesOf(home)).toEqual([])
  await eventually(
    () => processesOf(home, spawnersOf(home)),
    (processes) => processes.length === 0,
  )
  for (const spawner of spawnersOf(home)) expect(readdirSync(`/proc/${spawner}/fd`).length).toBeLessThan(30)
  await home.stop()
})

/** A process that does nothing, beside one that has the folders. */
async function bystander(home: ActionHome): Promise<ChildProcess> {
  const script = home.path(`idle-${Math.random()}.mjs`)
  writeFileSync(script, "process.on('message', () => undefined); process.send('up')")
  const child = fork(script, { execArgv: [] })
  await once(child, 'message')
  return child
}

test('folders of a worker stay while a process uses them, and are swept when the last is gone', async () => {
  const home = new ActionHome()
  const spawner = await bystander(home)
  const { quick, roomy } = await privateFolders(home.path('work'), 'earlier')
  noteProcess({ quick, roomy }, spawner.pid ?? 0)
  rmSync(join(roomy, `process-${process.pid}`))
  writeFileSync(join(quick, 'exec_9.sh'), 'secret')
  writeFileSync(join(roomy, 'raw-1'), 'secret')

  await home.start()
  expect([quick, roomy].map((folder) => existsSync(folder))).toEqual([true, true])
  expect(await isGone(home.path('work'), 'earlier', 0)).toBe(false)
  await home.runner.stop(0)
  spawner.kill('SIGKILL')
  await once(spawner, 'exit')

  expect(await isGone(home.path('work'), 'earlier', 0)).toBe(true)
  await home.start()
  expect([quick, roomy].map((folder) => existsSync(folder))).toEqual([false, false])
  await home.stop()
})

test('nobody can say that a worker of another machine is gone', async () => {
  const home = new ActionHome()

  expect(await isGone(home.path('work'), 'elsewhere', 0)).toBe(false)
  await home.stop()
})

test('an action is killed when the worker has not renewed its hold', long, async () => {
  const home = await new ActionHome().start()
  const pids = home.path('pids')
  const code = `trap '' TERM; sleep 60 & echo $! > ${pids}; wait; sleep 60`
  const running = home.run(code, { held_until_ms: monotonicMs() + 2000 })
  const child = await numberIn(pids)

  const ended = await running

  expect(ended).toMatchObject({
    status: 'failed',
    abandoned: true,
    result: { error: expect.stringContaining('could not renew its hold'), signal: 'SIGKILL' },
  })
  expect(isAlive(child)).toBe(false)
  await home.stop()
})

test('what an action writes to both streams has times, from which its order is known', long, async () => {
  const home = await new ActionHome().start()

  await home.run('for n in 1 2 3; do sleep 0.1; echo out; sleep 0.1; echo err >&2; done')

  const timesOf = (stream: string) =>
    readFileSync(home.path(`artifacts/executions/1/${stream}.times`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => ({ stream, at: Number(line.split(' ')[0]) }))
  const all = [...timesOf('stdout'), ...timesOf('stderr')].toSorted((a, b) => a.at - b.at)
  expect(all.map(({ stream }) => stream)).toEqual([
    'stdout',
    'stderr',
    'stdout',
    'stderr',
    'stdout',
    'stderr',
  ])
  await home.stop()
})

test('an action that is held on to runs on', long, async () => {
  const home = await new ActionHome().start()
  const request = home.inline('sleep 2; echo done', { held_until_ms: monotonicMs() + 1000 })
  const running = home.runner.run(request)

  home.runner.hold([request.execution_id], monotonicMs() + 60_000)

  expect((await running).result.stdout).toBe('done\n')
  await home.stop()
})

test(
  'an action whose time limit was over before its hold has timed out, whatever was frozen',
  long,
  async () => {
    const home = await new ActionHome({ spawners: 1 }).start()
    const pids = home.path('pids')
    const running = home.run(`trap '' TERM; echo $$ > ${pids}; while :; do sleep 0.1; done`, {
      timeout_seconds: 1,
      held_until_ms: monotonicMs() + 2500,
    })
    await numberIn(pids)
    const [spawner = 0] = spawnersOf(home)

    process.kill(spawner, 'SIGSTOP')
    await eventually(
      () => monotonicMs(),
      (
        (thaw) => (now) =>
          now > thaw
      )(monotonicMs() + 3000),
    )
    process.kill(spawner, 'SIGCONT')

    expect(await running).toMatchObject({ status: 'timeout', result: { timed_out: true } })
    await home.stop()
  },
)

test('an action whose time is over before it starts is not started', async () => {
  const home = await new ActionHome().start()

  const ended = await home.run(`touch ${home.path('started')}`, { held_until_ms: monotonicMs() - 1 })

  expect(ended).toMatchObject({ status: 'failed', abandoned: true })
  expect(existsSync(home.path('started'))).toBe(false)
  await home.stop()
})

test('an action that has become another worker’s is killed at once', long, async () => {
  const home = await new ActionHome().start()
  const pids = home.path('pids')
  const request = home.inline(`trap '' TERM; echo $$ > ${pids}; while :; do sleep 1; done`)
  const running = home.runner.run(request)
  await numberIn(pids)

  home.runner.drop([request.execution_id])

  expect(await running).toMatchObject({ abandoned: true, result: { signal: 'SIGKILL' } })
  await home.stop()
})

test(
  'a worker that is stopped does not keep its actions alive: the spawner kills them in time',
  long,
  async () => {
    const home = new ActionHome()
    const pids = home.path('pids')
    const worker = home.path('worker.mjs')
    const run = new URL('../../dist/action-runner/run.js', import.meta.url).pathname
    const { log: _, ...options } = home.options
    const request = home.inline(`sleep 60 & echo $! > ${pids}; wait`)
    writeFileSync(
      worker,
      `import { createActionRunner } from ${JSON.stringify(run)}
    const runner = await createActionRunner({ ...${JSON.stringify(options)}, log() {} })
    const held_until_ms = Number(process.hrtime.bigint() / 1000000n) + 3000
    await runner.run({ ...${JSON.stringify(request)}, held_until_ms })`,
    )
    const parent = fork(worker, { execArgv: [] })
    const child = await numberIn(pids)

    parent.kill('SIGSTOP')

    await eventually(
      () => isAlive(child),
      (alive) => !alive,
    )
    parent.kill('SIGKILL')
    await eventually(
      () => spawnersOf(home),
      (spawners) => spawners.length === 0,
    )
    await home.stop()
  },
)

test('a runner whose spawner cannot start says so', async () => {
  const home = new ActionHome()
  const path = process.env.PATH
  process.env.PATH = '/nowhere'
  try {
    await expect(createActionRunner(home.options)).rejects.toThrow('could not be started')
  } finally {
    process.env.PATH = path
    await home.stop()
  }
})
