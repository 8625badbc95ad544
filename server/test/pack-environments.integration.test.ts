import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { type ProgramProcess, startProgram } from './program.ts'

/*
 * Packs with dependencies on the whole program: real package managers, which find everything on this machine, and a
 * runtime whose builds do what a test wants.
 */

const root = mkdtempSync(join(tmpdir(), 'attune-pack-envs-'))
chmodSync(root, 0o711) // what packs bring is built and run by accounts that must get there
const home = join(root, 'home')
let database: Awaited<ReturnType<typeof freshDatabase>>
let program: ProgramProcess

const env = () => ({ ATTUNE__DATABASE__URL: database.url, ATTUNE__DEMO: 'false' })
beforeAll(async () => {
  database = await freshDatabase()
  program = await startProgram(home, env())
})
afterAll(async () => {
  await program.end('SIGTERM')
  await database.drop()
  rmSync(root, { recursive: true, force: true })
})

type Execution = { id: number; status: string; result: { error?: string; stdout?: string } | null }
type State = { status: string; install_error: string | null; install_log: string | null; env_path: string }

function write(folder: string, files: Record<string, string>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, folder, name)), { recursive: true })
    writeFileSync(join(root, folder, name), content)
  }
  return join(root, folder)
}

const register = (path: string) => program.api('POST', '/api/v1/packs/register', { path, force: true })

async function start(action_ref: string): Promise<number> {
  const { data } = await program.api<{ data: Execution }>('POST', '/api/v1/executions/execute', {
    action_ref,
  })
  return data.id
}

const look = async (id: number) =>
  (await program.api<{ data: Execution }>('GET', `/api/v1/executions/${id}`)).data

const ended = (id: number) =>
  eventually(
    () => look(id),
    ({ status }) => !['requested', 'scheduling', 'scheduled', 'running', 'canceling'].includes(status),
    120_000,
  )

const run = async (action_ref: string) => ended(await start(action_ref))

const states = async (ref: string) =>
  (await program.api<{ data: State[] }>('GET', `/api/v1/packs/${ref}/environments`)).data

const hasVenv = (() => {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

if (!hasVenv)
  test('THIS MACHINE HAS NO python3 WITH venv AND ensurepip: Python environments are not tried', () => {
    console.warn(
      'No python3 with venv and ensurepip: environments of Python packs were not tried on this machine.',
    )
    expect(hasVenv).toBe(false)
  })

describe.runIf(hasVenv)('a Python pack with requirements.txt', { timeout: 300_000 }, () => {
  const pack = (requirement: string) =>
    write('mill', {
      'pack.yaml': 'ref: mill\nlabel: Mill\nversion: 1.0.0\n',
      'actions/grind.yaml': 'ref: mill.grind\nrunner_type: python\nentry_point: grind.py\n',
      'actions/grind.py': 'import pepper, sys\nprint(pepper.taste, sys.prefix)\n',
      'requirements.txt': `${requirement}\n`,
    })

  test('runs with what it asks for, and with what it asks for next', async () => {
    await register(pack(wheel('1.0', 'mild')))
    const first = await run('mill.grind')
    await register(pack(wheel('2.0', 'hot')))
    const second = await run('mill.grind')

    expect([first.status, first.result?.error]).toEqual(['completed', undefined])
    expect(first.result?.stdout).toContain('mild')
    expect(second.result?.stdout).toContain('hot')
    // By the interpreter of the environment, not by the machine's.
    expect(second.result?.stdout).toContain(join(home, 'runtime_envs', 'mill', '.python.'))
    expect(await states('mill')).toMatchObject([
      { status: 'ready', env_path: join(home, 'runtime_envs', 'mill', 'python') },
    ])
  })

  test('does not run without it, and says why', async () => {
    await register(pack(join(root, 'nowhere-1.0-py3-none-any.whl')))

    const failed = await run('mill.grind')

    expect(failed.status).toBe('failed')
    expect(failed.result?.error).toMatch(
      /^The Python environment of the pack 'mill' could not be built: the install command ended with exit code 1:\n/,
    )
    expect(failed.result?.error).toContain('nowhere-1.0-py3-none-any.whl')
    expect(await states('mill')).toMatchObject([
      {
        status: 'failed',
        install_log: expect.stringContaining('-m venv'),
        install_error: expect.any(String),
      },
    ])
    const trace = await program.api('GET', `/api/v1/executions/${failed.id}/trace`)
    expect(JSON.stringify(trace)).toContain("environment of the pack 'mill' could not be built")
  })
})

test('a Node.js pack with package.json runs with what it asks for', { timeout: 300_000 }, async () => {
  const dependency = write('fork', {
    'package.json': '{"name": "fork", "version": "1.0.0", "main": "index.js"}',
    'index.js': 'module.exports = "four prongs"',
  })
  await register(
    write('table', {
      'pack.yaml': 'ref: table\nlabel: Table\nversion: 1.0.0\n',
      'actions/lay.yaml': 'ref: table.lay\nrunner_type: nodejs\nentry_point: lay.js\n',
      'actions/lay.js': 'console.log(require("fork"))\n',
      'package.json': JSON.stringify({ dependencies: { fork: `file:${dependency}` } }),
    }),
  )

  const { status, result } = await run('table.lay')

  expect([status, result?.error, result?.stdout?.trim()]).toEqual(['completed', undefined, 'four prongs'])
})

describe('a build that takes its time', { timeout: 120_000 }, () => {
  const dir = join(root, 'slow')
  /** Where a build may write, whoever it runs as. */
  const spot = join(root, 'slow-spot')
  const scripted = {
    interpreter: { binary: '/bin/sh' },
    environment: { create_command: ['mkdir', '{env_dir}'] },
    dependencies: {
      manifest_file: 'manifest.txt',
      install_command: ['sh', '-c', `cd ${spot}; echo $$ > build.pid; until test -e go; do sleep 0.05; done`],
    },
  }
  const pack = () => {
    for (const path of [dir, spot]) rmSync(path, { recursive: true, force: true })
    mkdirSync(spot)
    chmodSync(spot, 0o777)
    return write('slow', {
      'pack.yaml': 'ref: slow\nlabel: Slow\nversion: 1.0.0\n',
      'runtimes/scripted.yaml': JSON.stringify({
        ref: 'slow.scripted',
        name: 'Scripted',
        distributions: { verification: { always_available: true } },
        execution_config: scripted,
      }),
      'actions/act.yaml': 'ref: slow.act\nrunner_type: slow.scripted\nentry_point: act.sh\n',
      'actions/act.sh': 'echo done\n',
      'manifest.txt': `${Math.random()}`,
    })
  }
  const go = () => writeFileSync(join(spot, 'go'), '')
  const buildPid = () => Number(readFileSync(join(spot, 'build.pid'), 'utf8'))
  const building = () => eventually(() => existsSync(join(spot, 'build.pid')), Boolean, 60_000)

  test('keeps nobody else waiting, and whoever waits for it can be cancelled', async () => {
    await register(pack())
    await building()
    const waiting = await start('slow.act')
    await eventually(
      () => look(waiting),
      ({ status }) => status === 'running',
      60_000,
    )

    expect((await run('core.noop')).status).toBe('completed')
    await program.api('POST', `/api/v1/executions/${waiting}/cancel`)

    expect((await ended(waiting)).status).toBe('cancelled')
    expect(await states('slow')).toMatchObject([{ status: 'installing' }])
    go()
    expect(await run('slow.act')).toMatchObject({ status: 'completed', result: { stdout: 'done\n' } })
  })

  test('is taken up again after kill -9, and leaves no process behind', async () => {
    await register(pack())
    await building()
    const orphan = buildPid()

    await program.end('SIGKILL')
    await eventually(
      () => lives(orphan),
      (alive) => !alive,
      60_000,
    )
    rmSync(join(spot, 'build.pid'))
    program = await startProgram(home, env())
    await building()
    go()

    expect(await run('slow.act')).toMatchObject({ status: 'completed', result: { stdout: 'done\n' } })
    expect(await states('slow')).toMatchObject([{ status: 'ready' }])
  })

  test('is done anew when somebody says so, and what was built goes with its pack', async () => {
    const place = join(home, 'runtime_envs', 'slow')
    rmSync(join(spot, 'build.pid'))

    await program.api('POST', '/api/v1/packs/build-envs', { pack_refs: ['slow'], force_rebuild: true })
    await building()
    await eventually(
      () => states('slow'),
      (all) => all.every(({ status }) => status === 'ready'),
      60_000,
    )
    expect(existsSync(place)).toBe(true)

    await program.api('DELETE', '/api/v1/packs/slow')
    await eventually(
      () => existsSync(place),
      (there) => !there,
      60_000,
    )
  })
})

test('a sensor runs in the environment of its pack', { timeout: 120_000 }, async () => {
  const told = join(root, 'sensor-told.txt')
  writeFileSync(told, '')
  chmodSync(told, 0o666)
  await register(
    write('clock', {
      'pack.yaml': 'ref: clock\nlabel: Clock\nversion: 1.0.0\n',
      'runtimes/scripted.yaml': JSON.stringify({
        ref: 'clock.scripted',
        name: 'Clockwork',
        distributions: { verification: { always_available: true } },
        execution_config: {
          interpreter: { binary: '/nowhere/else' },
          environment: {
            create_command: ['sh', '-c', 'mkdir "$1" && ln -s /bin/sh "$1/run"', 'sh', '{env_dir}'],
            interpreter_path: '{env_dir}/run',
          },
          dependencies: { manifest_file: 'gears.txt' },
          env_vars: { GEARS: '{env_dir}' },
        },
      }),
      'triggers/tick.yaml': 'ref: clock.tick\nlabel: Tick\n',
      'sensors/hand.yaml':
        'ref: clock.hand\nrunner_type: clock.scripted\nentry_point: hand.sh\ntrigger_types: [tick]\n',
      'sensors/hand.sh': `echo "$GEARS" > ${told}\nsleep 1000\n`,
      'rules/on_tick.yaml': 'ref: clock.on_tick\ntrigger_ref: tick\naction_ref: core.noop\n',
      'gears.txt': 'brass\n',
    }),
  )

  await eventually(() => existsSync(told) && readFileSync(told, 'utf8').endsWith('\n'), Boolean, 60_000)

  expect(readFileSync(told, 'utf8')).toContain(join(home, 'runtime_envs', 'clock', '.scripted.'))
  expect(await states('clock')).toMatchObject([{ status: 'ready', runtime_ref: 'clock.scripted' }])
})

/** A wheel of a module `pepper` with one value; pip installs it without asking anybody. */
function wheel(version: string, taste: string): string {
  const file = join(root, `pepper-${version}-py3-none-any.whl`)
  const info = `pepper-${version}.dist-info`
  const files = {
    'pepper.py': `taste = "${taste}"\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: pepper\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  }
  const script =
    'import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n  for n, c in json.loads(sys.argv[2]).items(): z.writestr(n, c)'
  execFileSync('python3', ['-c', script, file, JSON.stringify(files)])
  return file
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
