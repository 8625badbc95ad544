import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProcess } from '../processes/process-identity.ts'
import type { SuiteDefinition, SuiteEnd } from '../domain/packs/pack-test/suite.ts'
import { createSuiteRunner, type SuiteRunner } from './test-suite.ts'

async function folders(script: string) {
  const root = await mkdtemp(join(tmpdir(), 'attune-suite-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const [pack, home, tmp] = [join(root, 'pack'), join(root, 'home'), join(root, 'tmp')]
  await Promise.all([mkdir(pack), mkdir(home), mkdir(tmp)])
  await writeFile(join(pack, 't.sh'), script)
  return { pack, home, tmp }
}

async function run(
  script: string,
  {
    timeout = 20,
    runner = createSuiteRunner({ PATH: process.env.PATH }),
    ...more
  }: Partial<SuiteDefinition> & {
    runner?: SuiteRunner
  } = {},
): Promise<SuiteEnd & { pack: string }> {
  const around = await folders(script)
  const suite: SuiteDefinition = {
    name: 'unit',
    type: 'script',
    entry_point: 't.sh',
    timeout,
    result_format: 'simple',
    result_path: null,
    ...more,
  }
  return { ...(await runner.run({ ...around, suite, pack_ref: 'depot' })), pack: around.pack }
}

test('runs in its folder and tells how it ended and what it wrote', async () => {
  const end = await run('echo out; echo err >&2; pwd; exit 3\n')

  expect(end).toMatchObject({ exit_code: 3, stderr: 'err\n', timed_out: false, start_error: null })
  expect(end.stdout).toContain('out\n')
  expect(end.stdout).toContain('/pack\n')
})

test('gets nothing of the environment of the server but a path and a language', async () => {
  const runner = createSuiteRunner({
    PATH: process.env.PATH,
    ATTUNE__SECURITY__JWT_SECRET: 'x',
    HOME: '/root',
  })

  const { stdout } = await run('env\n', { runner })

  const names = stdout.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
  expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).toSorted()).toEqual([
    'ATTUNE_PACK_DIR',
    'ATTUNE_PACK_REF',
    'HOME',
    'LANG',
    'PATH',
    'PYTHONDONTWRITEBYTECODE',
    'PYTHONPATH',
    'TMPDIR',
    'TZ',
  ])
  expect(stdout).toMatch(/^HOME=.*\/home$/m)
})

test('is stopped when its time is over, with what it started', async () => {
  const end = await run('sleep 60 & echo $! > child\nsleep 60\n', { timeout: 1 })

  expect(end).toMatchObject({ timed_out: true })
  const child = Number(await readFile(join(end.pack, 'child'), 'utf8'))
  await expect.poll(() => isAlive(child)).toBe(false)
})

test('what it leaves running in the background does not keep its end', async () => {
  const end = await run('sleep 60 & echo $! > child\necho done\n')

  expect(end).toMatchObject({ exit_code: 0, stdout: 'done\n' })
  const child = Number(await readFile(join(end.pack, 'child'), 'utf8'))
  await expect.poll(() => isAlive(child)).toBe(false)
})

test('only the end of much output is kept', async () => {
  const { stdout } = await run('head -c 5000000 /dev/zero | tr "\\\\0" a; echo; echo end\n')

  expect(stdout.length).toBeLessThan(2_200_000)
  expect(stdout.endsWith('a\nend\n')).toBe(true)
})

test('a program that is not there is an end with a reason', async () => {
  const end = await run('', { type: 'script', entry_point: 'gone.sh' })

  expect(end.exit_code).not.toBe(0)
  expect(end.stderr).toContain('gone.sh')
})

test('what runs is killed when the server stops, and nothing is started any more', async () => {
  const runner = createSuiteRunner({ PATH: process.env.PATH })
  const around = await folders('echo ready > ready\nsleep 60\n')
  const suite: SuiteDefinition = {
    name: 'unit',
    type: 'script',
    entry_point: 't.sh',
    timeout: 60,
    result_format: 'simple',
    result_path: null,
  }
  const order = { ...around, suite, pack_ref: 'depot' }
  const running = runner.run(order)
  await expect.poll(() => readFile(join(around.pack, 'ready'), 'utf8').catch(() => '')).toBe('ready\n')

  runner.stop()

  expect(await running).toMatchObject({ exit_code: null })
  expect(await runner.run(order)).toMatchObject({ start_error: 'the server is stopping' })
})

/** Whether a process still does something: one that is dead and that nobody asks how it ended does not. */
function isAlive(pid: number): boolean {
  return findProcess(pid)?.zombie === false
}
