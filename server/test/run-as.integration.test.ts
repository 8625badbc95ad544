import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRoot } from '../src/database/embedded/account.ts'
import { removeHome } from './embedded-home.ts'
import { eventually } from './eventually.ts'
import { type ProgramProcess, startProgram } from './program.ts'

/*
 * The whole program, started as root, with its private database: what an action, a sensor, the build of an environment
 * and a test of a pack try to get at, and do not.
 */

const SECRET = 'a secret of the environment, of forty characters'

type Execution = { id: number; status: string; result: { stdout?: string; error?: string } | null }

/** A folder as packs have them; everybody may pass to it, or root alone. */
class Place {
  readonly root: string
  readonly home: string
  program: ProgramProcess | undefined

  constructor(mode: number) {
    this.root = mkdtempSync(join(tmpdir(), 'attune-run-as-'))
    chmodSync(this.root, mode)
    this.home = join(this.root, 'home')
    writeFileSync(join(this.root, 'config.yaml'), `security: { encryption_key: '${SECRET} too' }\n`, {
      mode: 0o644,
    })
  }

  async start(env: Record<string, string> = {}): Promise<ProgramProcess> {
    this.program = await startProgram(
      this.home,
      { ATTUNE__DEMO: 'false', ATTUNE__SECURITY__JWT_SECRET: SECRET, ...env },
      ['-c', join(this.root, 'config.yaml')],
    )
    return this.program
  }

  async end(): Promise<void> {
    await this.program?.end('SIGTERM')
    const elsewhere = createHash('sha256').update(this.home).digest('hex').slice(0, 16)
    rmSync(join('/var/lib/attune', `run-${elsewhere}`), { recursive: true, force: true })
    removeHome(this.home)
    rmSync(this.root, { recursive: true, force: true })
  }

  write(folder: string, files: Record<string, string>): string {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, folder, name)), { recursive: true })
      writeFileSync(join(this.root, folder, name), content)
    }
    return join(this.root, folder)
  }

  async run(action_ref: string, rights: readonly string[] = []): Promise<Execution> {
    const program = this.program
    if (program === undefined) throw new Error('start() comes first')
    const body = { action_ref, ...(rights.length > 0 && { permission_set_refs: rights }) }
    const { data } = await program.api<{ data: Execution }>('POST', '/api/v1/executions/execute', body)
    const ended = await eventually(
      () => program.api<{ data: Execution }>('GET', `/api/v1/executions/${data.id}`),
      ({ data: { status } }) => ['completed', 'failed', 'timeout', 'abandoned', 'cancelled'].includes(status),
      60_000,
    )
    return ended.data
  }
}

/** Each says GOT and its name when it succeeds. */
function attacks({ root, home }: Place, pid: number): [string, string][] {
  const database = readFileSync(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]
  return [
    ['password of the administrator', `cat ${home}/admin-password`],
    ['password of the database', `cat ${home}/postgres/password`],
    ['files of the database', `ls ${home}/postgres/data/base`],
    ['configuration', `cat ${root}/config.yaml`],
    ['names in the home', `ls ${home}`],
    ['environment of the program', `cat /proc/${pid}/environ`],
    ['memory of the program', `dd if=/proc/${pid}/mem bs=1 count=0`],
    ['open files of the program', `ls /proc/${pid}/fd/`],
    ['environment of the database', `cat /proc/${database}/environ`],
    ['secret in any environment', `grep -l '${SECRET}' /proc/[0-9]*/environ | grep -q .`],
    ['token of the timer', `cat ${home}/work/sensors/core.timer_sensor/1/token`],
    ['home of the timer', `ls ${home}/work/sensors/core.timer_sensor/1/home`],
    ['names of sensors', `ls ${home}/work/sensors`],
    ['names of private folders', `ls ${home}/work/actions`],
    ['logs of executions', `ls ${home}/artifacts/executions`],
    ['pack', `touch ${root}/mole/actions/planted`],
    ['copies of packs', `mkdir ${home}/work/packs-planted`],
    ['folder of environments', `touch ${home}/runtime_envs/planted`],
    ['signal to the program', `kill -CONT ${pid}`],
    ['signal to the database', `kill -CONT ${database}`],
  ]
}

const scriptOf = (list: [string, string][]) =>
  list.map(([name, command]) => `(${command}) > /dev/null 2>&1 && echo 'GOT ${name}'\n`).join('') +
  'echo "TRIED as $(id -u)"\n'

/** Nothing was got, and all of it was tried, as somebody else than root. */
function expectNothingGot(text: string | undefined): void {
  expect((text ?? '').split('\n').filter((line) => line.includes('GOT'))).toEqual([])
  expect(text).toMatch(/TRIED as [1-9]\d+/)
}

const mole = (script: string) => ({
  'pack.yaml':
    'ref: mole\nlabel: Mole\nversion: 1.0.0\ntesting:\n  enabled: true\n  runners:\n    dig:\n      type: script\n      entry_point: tests/dig.sh\n      timeout: 60\n      result_format: simple\n',
  'actions/dig.yaml': 'ref: mole.dig\nrunner_type: shell\nentry_point: dig.sh\n',
  'actions/dig.sh': script,
  'actions/daemon.yaml': 'ref: mole.daemon\nrunner_type: shell\nentry_point: daemon.sh\n',
  'actions/daemon.sh': 'setsid sleep 1000 > /dev/null 2>&1 < /dev/null &\necho "$!"\n',
  'actions/token.yaml': 'ref: mole.token\nrunner_type: shell\nentry_point: token.sh\n',
  'actions/token.sh':
    'test -z "$ATTUNE_API_TOKEN" && curl -s -o /dev/null -w "%{http_code}" -H "Authorization: Bearer $(cat "$ATTUNE_API_TOKEN_FILE")" "$ATTUNE_API_URL/api/v1/executions/$ATTUNE_EXEC_ID"\n',
  'tests/dig.sh': `${script}exit 0\n`,
  'triggers/dug.yaml': 'ref: mole.dug\nlabel: Dug\n',
  'sensors/watch.yaml':
    'ref: mole.watch\nlabel: Watch\nrunner_type: shell\nentry_point: watch.sh\ntrigger_types: [mole.dug]\n',
  'sensors/watch.sh': `${script}echo "token $(wc -c < "$ATTUNE_API_TOKEN_FILE") env \${ATTUNE_API_TOKEN:-none}"\nwhile :; do sleep 1; done\n`,
  'rules/hourly.yaml':
    'ref: mole.hourly\nlabel: Hourly\nenabled: true\ntrigger_ref: core.intervaltimer\ntrigger_params: { unit: hours, interval: 1 }\naction_ref: core.noop\n',
  'rules/dug.yaml':
    'ref: mole.on_dug\nlabel: On dug\nenabled: true\ntrigger_ref: mole.dug\naction_ref: core.noop\n',
})

describe.runIf(isRoot())('the whole program as root', { timeout: 120_000 }, () => {
  let place: Place
  let program: ProgramProcess
  let script: string

  beforeAll(async () => {
    place = new Place(0o711)
    program = await place.start()
    script = scriptOf(attacks(place, program.child.pid ?? 0))
    const path = place.write('mole', mole(script))
    await program.api('POST', '/api/v1/packs/register', { path, skip_tests: true })
    await place.run('core.noop') // so that there are logs, folders and a timer to get at
  }, 120_000)
  afterAll(() => place.end())

  test('what is attacked is there: root gets all of it', async () => {
    await eventually(
      () => existsSync(join(place.home, 'work/sensors/core.timer_sensor/1/token')),
      (there) => there,
    )
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    for (const planted of ['mole/actions/planted', 'home/runtime_envs/planted', 'home/work/packs-planted'])
      rmSync(join(place.root, planted), { recursive: true, force: true })

    expect(stdout.split('\n').filter((line) => line.startsWith('GOT'))).toHaveLength(
      attacks(place, program.child.pid ?? 0).length,
    )
  })

  test('an action gets nothing', async () => {
    const { result } = await place.run('mole.dig')

    expectNothingGot(result?.stdout)
  })

  test('a sensor gets nothing, and has its token in a file', async () => {
    const output = await eventually(
      () => program.output(),
      (text) => text.includes('env none'),
      60_000,
    )
    const lines = output.split('\n').filter((line) => line.includes('"sensor":"mole.watch"'))

    expect(lines.some((line) => line.includes('GOT'))).toBe(false)
    expect(lines.some((line) => /TRIED as [1-9]\d+/.test(line))).toBe(true)
    expect(lines.some((line) => /token [1-9]\d+ env none/.test(line))).toBe(true)
  })

  test('a test of a pack gets nothing', async () => {
    const { data } = await program.api<{ data: unknown }>('POST', '/api/v1/packs/mole/test')

    expectNothingGot(JSON.stringify(data).replaceAll('\\n', '\n'))
  })

  test('a postinstall of npm gets nothing, and what it made is root’s, readable and closed to writing', async () => {
    const path = place.write('burrow', {
      'pack.yaml': 'ref: burrow\nlabel: Burrow\nversion: 1.0.0\n',
      'actions/show.yaml': 'ref: burrow.show\nrunner_type: nodejs\nentry_point: show.mjs\n',
      'actions/show.mjs':
        "import { accessSync, constants, readFileSync, readdirSync } from 'node:fs'\nconst folder = process.env.NODE_PATH.split(':')[0].replace(/node_modules$/, '')\nlet writable = true\ntry { accessSync(folder + 'dug.txt', constants.W_OK) } catch { writable = false }\nconsole.log(readFileSync(folder + 'dug.txt', 'utf8'), 'writable', writable)\n",
      'package.json': JSON.stringify({
        name: 'burrow',
        version: '1.0.0',
        scripts: {
          postinstall: `sh -c "$DIG"`.replace(
            '$DIG',
            `sh ${join(place.root, 'dig.sh')} > dug.txt; ln -s ${place.home}/jwt-secret .attune_deps_installed; chmod 4777 dug.txt`,
          ),
        },
      }),
    })
    writeFileSync(join(place.root, 'dig.sh'), script)
    writeFileSync(join(place.home, 'jwt-secret'), 'untouched', { mode: 0o600 })
    await program.api('POST', '/api/v1/packs/register', { path })

    const { status, result } = await place.run('burrow.show')

    expect([status, result?.error]).toEqual(['completed', undefined])
    expectNothingGot(result?.stdout)
    expect(result?.stdout).toContain('writable false')
    const dug = statSync(join(place.home, 'runtime_envs/burrow/nodejs/dug.txt'))
    expect([dug.uid, dug.mode & 0o7777]).toEqual([0, 0o755])
    expect(readFileSync(join(place.home, 'jwt-secret'), 'utf8')).toBe('untouched')
  })

  test('a package that pip builds gets nothing', async () => {
    const path = place.write('tunnel', {
      'pack.yaml': 'ref: tunnel\nlabel: Tunnel\nversion: 1.0.0\n',
      'actions/dig.yaml': 'ref: tunnel.dig\nrunner_type: python\nentry_point: dig.py\n',
      'actions/dig.py': 'print("unreached")\n',
      'requirements.txt': `${join(place.root, 'tunnel', 'evil')}\n`,
      'evil/pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "evil"\nbackend-path = ["."]\n',
      'evil/evil.py': `import subprocess\nsaid = subprocess.run(["sh", "${join(place.root, 'dig.sh')}"], capture_output=True, text=True).stdout\nraise SystemExit(said)\n`,
    })
    writeFileSync(join(place.root, 'dig.sh'), script)
    await program.api('POST', '/api/v1/packs/register', { path })

    expectNothingGot((await place.run('tunnel.dig')).result?.error)
  })

  test('a daemon that left its group ends with its execution', async () => {
    const { result } = await place.run('mole.daemon')
    const pid = Number(result?.stdout)

    expect(pid).toBeGreaterThan(1)
    await eventually(
      () => existsSync(`/proc/${pid}`),
      (lives) => !lives,
    )
  })

  test('the token of an execution works from its file', async () => {
    expect((await place.run('mole.token', ['core.admin'])).result?.stdout).toBe('200')
  })

  test('what lay open has been closed: the configuration, and every secret of the home', () => {
    expect(statSync(join(place.root, 'config.yaml')).mode & 0o777).toBe(0o640)
    expect(program.output()).toContain('have been closed')
  })
})

describe.runIf(isRoot())(
  'the whole program as root, where nobody else can pass',
  { timeout: 120_000 },
  () => {
    let place: Place
    let program: ProgramProcess

    beforeAll(async () => {
      place = new Place(0o700)
      program = await place.start()
      await program.api('POST', '/api/v1/packs/register', {
        path: place.write('mole', mole('id -u\n')),
        skip_tests: true,
      })
    }, 120_000)
    afterAll(() => place.end())

    test('its packs run from copies, as accounts of their own all the same', async () => {
      const { status, result } = await place.run('mole.dig')

      expect([status, result?.error]).toEqual(['completed', undefined])
      expect(Number(result?.stdout)).toBeGreaterThan(60_000)
      await eventually(
        () => program.output(),
        (text) => text.includes('env none'),
        60_000,
      )
      expect(await (await fetch(`${program.url}/health/ready`)).json()).toEqual({ status: 'ok' })
    })
  },
)

describe('the whole program that runs packs as itself', { timeout: 120_000 }, () => {
  let place: Place
  let program: ProgramProcess

  beforeAll(async () => {
    place = new Place(0o711)
    program = await place.start({ ATTUNE__RUN_AS: 'self' })
    await program.api('POST', '/api/v1/packs/register', {
      path: place.write('mole', mole('id -u\n')),
      skip_tests: true,
    })
  }, 120_000)
  afterAll(() => place.end())

  test('works, and as root says what that means: log, alert, metric and readiness', async () => {
    expect((await place.run('mole.dig')).result?.stdout).toBe(`${process.getuid?.()}\n`)
    expect((await place.run('mole.token', ['core.admin'])).result?.stdout).toBe('200')

    const ready = JSON.stringify(await (await fetch(`${program.url}/health/ready`)).json())
    const metrics = await (await fetch(`${program.url}/metrics`)).text()
    const { data } = await program.api<{ data: { failure_type: string }[] }>('GET', '/api/v1/alerts')
    expect(ready.includes('run as root')).toBe(isRoot())
    expect(metrics).toContain(`runs_packs_as_root ${isRoot() ? 1 : 0}`)
    expect(data.some(({ failure_type }) => failure_type === 'packs_run_as_root')).toBe(isRoot())
    expect(program.output().includes('run as root')).toBe(isRoot())
  })

  test('nothing secret is in the environment of an action or a spawner, whoever may read it', async () => {
    const found = spawnSync('grep', ['-lsE', `ATTUNE_API_TOKEN=|${SECRET}`, ...environments()], {
      encoding: 'utf8',
    })

    expect(
      found.stdout.split('\n').filter((file) => file !== `/proc/${program.child.pid}/environ` && file !== ''),
    ).toEqual([])
  })

  /** Of all that the program has started. */
  function environments(): string[] {
    const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    const pairs = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
    const known = new Set([program.child.pid ?? 0])
    for (let grown = true; grown; ) {
      grown = false
      for (const [pid = 0, ppid = 0] of pairs)
        if (known.has(ppid) && !known.has(pid)) grown = Boolean(known.add(pid))
    }
    return [...known].map((pid) => `/proc/${pid}/environ`)
  }
})
