import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProcess } from './process-identity.ts'
import { within } from './limits.ts'
import { type PipedOrder, runPiped, startPiped } from './piped-process.ts'

const long = { timeout: 60_000 }
const PATH = process.env.PATH

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'attune-processes-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

function script(text: string): PipedOrder {
  return { file: '/bin/sh', args: ['-c', text], cwd: '/', env: { PATH }, identity: undefined }
}

function run(order: PipedOrder) {
  return runPiped({ ...order, output_bytes: 1024 })
}

/** Whether a process still does something: one that is dead and that nobody asks how it ended does not. */
function isAlive(pid: number): boolean {
  return findProcess(pid)?.zombie === false
}

/** The number in a file that a process writes as a line. */
async function numberIn(path: string): Promise<number> {
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toMatch(/\d\n/)
  return Number(await readFile(path, 'utf8'))
}

test('a process ends with its code and its output, and has the environment that it is given', async () => {
  const { end, stdout, stderr } = await run({
    ...script('echo "$ONE $HOME"; echo err >&2; exit 3'),
    env: { PATH, ONE: '1' },
  })

  expect(end).toMatchObject({ kind: 'ended', code: 3, signal: null, stopped_by: undefined })
  expect({ stdout, stderr }).toEqual({ stdout: '1 \n', stderr: 'err\n' })
})

test('of much output the end is kept', async () => {
  const { stdout } = await run(script('head -c 3000000 /dev/zero | tr "\\0" a; echo; echo end'))

  expect(stdout.endsWith('a\nend\n')).toBe(true)
  expect(stdout.length).toBeLessThan(1024 + 64 * 1024)
})

test('a program that is not there is an end', async () => {
  const { end } = await run({ ...script(''), file: '/nowhere/program' })

  expect(end).toMatchObject({ kind: 'not-started', error: { code: 'ENOENT' } })
})

test('a program that may not be run is an end', async () => {
  const file = join(await folder(), 'program')
  await writeFile(file, '#!/bin/sh\n')
  await chmod(file, 0o644)

  expect((await run({ ...script(''), file })).end).toMatchObject({
    kind: 'not-started',
    error: { code: 'EACCES' },
  })
})

test('what the system refuses at once is an end', async () => {
  const { end } = await run({ ...script(''), args: ['x'.repeat(4 * 1024 * 1024)] })

  expect(end).toMatchObject({ kind: 'not-started', error: { code: 'E2BIG' } })
})

test('what is killed before it starts does not start', async () => {
  const file = join(await folder(), 'started')

  const { end } = await run({ ...script(`echo > ${file}`), signal: AbortSignal.abort(new Error('too late')) })

  expect(end).toMatchObject({ kind: 'not-started', error: { message: 'too late' } })
  await expect(readFile(file)).rejects.toThrow('ENOENT')
})

test('an abort kills the whole group', async () => {
  const pids = join(await folder(), 'pids')
  const abort = new AbortController()
  const running = run({ ...script(`sleep 600 & echo $! > ${pids}; wait`), signal: abort.signal })
  const child = await numberIn(pids)

  abort.abort()

  expect((await running).end).toMatchObject({ code: null, signal: 'SIGKILL', stopped_by: 'cancel' })
  await expect.poll(() => isAlive(child)).toBe(false)
})

test('a process whose time is over is asked to end', async () => {
  const { end, stdout } = await run({
    ...script('trap "echo bye; exit 7" TERM; echo up; while true; do sleep 0.1; done'),
    time_limit_ms: 500,
  })

  expect(end).toMatchObject({ code: 7, stopped_by: 'timeout' })
  expect(stdout).toBe('up\nbye\n')
})

test('a group that ignores SIGTERM is killed after the grace', long, async () => {
  const pids = join(await folder(), 'pids')
  const { end } = await run({
    ...script(`trap '' TERM; sleep 600 & echo $! > ${pids}; wait; sleep 600`),
    time_limit_ms: 300,
  })

  expect(end).toMatchObject({ code: null, signal: 'SIGKILL', stopped_by: 'timeout' })
  expect(isAlive(await numberIn(pids))).toBe(false)
})

test('a child that ignores SIGTERM is killed though its parent obeyed', long, async () => {
  const pids = join(await folder(), 'pids')
  const { end } = await run({
    ...script(`(trap '' TERM; sleep 600 & echo $! > ${pids}; wait; sleep 600) > /dev/null 2>&1 & wait`),
    time_limit_ms: 300,
  })

  expect(end).toMatchObject({ signal: 'SIGTERM', stopped_by: 'timeout' })
  await expect.poll(async () => isAlive(await numberIn(pids))).toBe(false)
})

test('a grandchild that keeps the pipe is killed once the output has been waited for', long, async () => {
  const pids = join(await folder(), 'pids')
  const { end, stdout } = await run(script(`(sleep 600 & echo $! > ${pids}) & wait; echo done`))

  expect(end).toMatchObject({ code: 0, stopped_by: undefined })
  expect(stdout).toBe('done\n')
  await expect.poll(async () => isAlive(await numberIn(pids))).toBe(false)
})

test('a daemon that keeps the pipe does not keep the end', long, async () => {
  const pids = join(await folder(), 'pids')
  const running = startPiped(script(`setsid sh -c 'echo $$ > ${pids}; exec sleep 600' & echo done`))
  running.stdout.resume()
  running.stderr.resume()
  const daemon = await numberIn(pids)
  onTestFinished(() => void process.kill(daemon, 'SIGKILL'))

  expect(await running.ended).toMatchObject({ code: 0 })
  expect(running.stdout.destroyed).toBe(true)
})

test('whoever reads slowly loses nothing', long, async () => {
  const running = startPiped(script('head -c 400000 /dev/zero'))
  running.stderr.resume()
  let bytes = 0
  for await (const chunk of running.stdout) {
    bytes += (chunk as Buffer).length
    await new Promise((resolve) => setTimeout(resolve, bytes === (chunk as Buffer).length ? 3000 : 0))
  }

  expect(bytes).toBe(400_000)
  expect(await running.ended).toMatchObject({ code: 0 })
})

test('a file may not grow beyond its limit', async () => {
  const path = join(await folder(), 'file')
  const { end } = await run({
    ...script(''),
    ...within({ file_bytes: 4096 }, ['dd', 'if=/dev/zero', `of=${path}`, 'bs=1024', 'count=100']),
  })

  expect(end).not.toMatchObject({ code: 0 })
  expect((await readFile(path)).length).toBe(4096)
})

/** Starts the order in a process of its own, which answers the number of the group's first, and is the caller's to end. */
async function startElsewhere(order: PipedOrder): Promise<{ parent: ChildProcess; leader: number }> {
  const file = join(await folder(), 'parent.mjs')
  const room = new URL('../../dist/processes/piped-process.js', import.meta.url).href
  await writeFile(
    file,
    `import { startPiped } from ${JSON.stringify(room)}
    process.send(startPiped(${JSON.stringify(order)}).group.pid)`,
  )
  const parent = fork(file, { execArgv: [] })
  const [leader] = (await once(parent, 'message')) as [number]
  return { parent, leader }
}

test('nothing survives a parent that is killed', long, async () => {
  const pids = join(await folder(), 'pids')
  const { parent, leader } = await startElsewhere(
    script(`trap '' TERM; sleep 600 & echo $! > ${pids}; wait; sleep 600`),
  )
  const child = await numberIn(pids)
  expect([leader, child].filter(isAlive)).toEqual([leader, child])

  parent.kill('SIGKILL')

  await expect.poll(() => [leader, child].filter(isAlive), { timeout: 20_000 }).toEqual([])
})

test.runIf(process.getuid?.() === 0)(
  'what has left the group of a killed parent ends where nobody else has its account',
  long,
  async () => {
    const home = await folder()
    await chmod(home, 0o777)
    const pids = join(home, 'pids')
    const { parent, leader } = await startElsewhere({
      ...script(`setsid sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > ${pids}; wait`),
      identity: { uid: 60_321, gid: 60_321, own: true },
    })
    const daemon = await numberIn(pids)

    parent.kill('SIGKILL')

    await expect.poll(() => [leader, daemon].filter(isAlive), { timeout: 20_000 }).toEqual([])
  },
)
