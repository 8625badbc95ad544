import { fork } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ActionHome } from '../../test/action-home.ts'
import { eventually } from '../../test/eventually.ts'
import { privateFolders } from './private-folders.ts'
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
    .filter((entry) => entry.isFile())
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
  expect(readdirSync(home.path('work/actions'))).toEqual(['spawner-2'])
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
  await home.start() // sweeps what the dead worker left
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

test('files that an earlier worker left are swept at the start', async () => {
  const home = await new ActionHome().start()
  await home.runner.stop(0)
  const { quick, roomy } = await privateFolders(home.path('work'))
  writeFileSync(join(quick, 'exec_9.sh'), 'secret')
  mkdirSync(join(roomy, 'spawner-1'))
  writeFileSync(join(roomy, 'spawner-1', 'raw-1'), 'secret')

  await home.start()

  expect(privateFilesOf(home)).toEqual([])
  await home.stop()
  expect(existsSync(quick)).toBe(false)
})

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
