import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { RunSuite, SuiteDefinition, SuiteEnd, SuiteOrder } from '../domain/packs/pack-test/suite.ts'
import { type Account, identityOf } from '../run-as/account.ts'
import { giveTree, takeTreeBack } from '../run-as/hand-over.ts'
import { type Accounts, asSelf } from '../run-as/lend.ts'
import { type Environment, inheritedEnvironment } from './environment.ts'
import { TextTail } from './text-tail.ts'

/** Suites that run at a time: tests must not starve the API that they run beside. */
const AT_ONCE = 2
/** Between SIGTERM and SIGKILL. */
const KILL_MS = 5000
/** How long output of background children is waited for once the program itself has ended. */
const DRAIN_MS = 2000
/** What is kept of each stream, from its end. */
const OUTPUT_BYTES = 1024 * 1024
/** Blocks of 512 bytes that one file may have: 1 GiB. */
const FILE_BLOCKS = 2_097_152

/** Runs suites of packs, and ends them when the process ends. */
export type SuiteRunner = {
  run: RunSuite
  /** Kills what runs; later suites are not started. */
  stop(): void
}

export function createSuiteRunner(
  env: Readonly<Record<string, string | undefined>> = process.env,
  accounts: Accounts = asSelf,
): SuiteRunner {
  const inherited = inheritedEnvironment(env, [])
  const running = new Set<ChildProcess>()
  const waiting: (() => void)[] = []
  let busy = 0
  let stopped = false

  async function slot(): Promise<void> {
    if (busy >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    else busy += 1
  }
  function free(): void {
    const next = waiting.shift()
    if (next === undefined) busy -= 1
    else next()
  }

  /** The files are the account's while its processes live: what it leaves is read by us. */
  async function runAs(order: SuiteOrder): Promise<SuiteEnd> {
    const account = await accounts.take()
    const folders = [order.pack, order.home, order.tmp]
    for (const folder of folders) giveTree(folder, account)
    try {
      return await runSuite(order, { inherited, account }, running)
    } finally {
      await accounts.end(account)
      for (const folder of folders) takeTreeBack(folder, account)
      void accounts.giveBack(account)
    }
  }

  return {
    async run(order) {
      await slot()
      try {
        if (stopped) return notStarted('the server is stopping')
        return await runAs(order)
      } finally {
        free()
      }
    },
    stop() {
      stopped = true
      for (const child of running) signal(child, 'SIGKILL')
    },
  }
}

function notStarted(start_error: string): SuiteEnd {
  return { stdout: '', stderr: '', exit_code: null, timed_out: false, start_error, duration_ms: 0 }
}

/** The suite is a process group of its own: what it leaves in the background ends with it. */
function runSuite(
  order: SuiteOrder,
  { inherited, account }: { inherited: Environment; account: Account | undefined },
  running: Set<ChildProcess>,
): Promise<SuiteEnd> {
  const started = performance.now()
  const { suite } = order
  const child = spawn('/bin/sh', ['-c', limited(suite), ...commandOf(suite)], {
    ...identityOf(account),
    cwd: order.pack,
    env: environmentOf(order, inherited),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const [stdout, stderr] = [new TextTail(OUTPUT_BYTES), new TextTail(OUTPUT_BYTES)]
  child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk))
  running.add(child)
  let timed_out = false
  const timers = [
    setTimeout(() => {
      timed_out = true
      signal(child, 'SIGTERM')
      timers.push(setTimeout(() => signal(child, 'SIGKILL'), KILL_MS))
    }, suite.timeout * 1000),
  ]
  return new Promise((resolve) => {
    const end = (exit_code: number | null, start_error: string | null) => {
      for (const timer of timers) clearTimeout(timer)
      signal(child, 'SIGKILL')
      running.delete(child)
      const duration_ms = Math.round(performance.now() - started)
      resolve({
        stdout: stdout.text(),
        stderr: stderr.text(),
        exit_code,
        timed_out,
        start_error,
        duration_ms,
      })
    }
    child.once('error', (error) => end(null, error.message))
    child.once('exit', (code) => timers.push(setTimeout(() => end(code, null), DRAIN_MS)))
    child.once('close', (code) => end(code, null))
  })
}

/** No core files, no huge ones, and no more computing time than the suite has time at all. */
function limited({ timeout }: SuiteDefinition): string {
  return `ulimit -c 0; ulimit -f ${FILE_BLOCKS}; ulimit -t ${timeout + KILL_MS / 1000}; exec "$0" "$@"`
}

function commandOf({
  type,
  entry_point,
  result_format,
  result_path,
}: SuiteDefinition): [string, ...string[]] {
  switch (type) {
    case 'script':
      return [entry_point.endsWith('.sh') ? '/bin/sh' : '/bin/bash', entry_point]
    case 'unittest':
      return ['python3', '-m', 'unittest', entry_point]
    case 'pytest': {
      const report = result_format === 'junit' && result_path !== null ? [`--junitxml=${result_path}`] : []
      return ['pytest', entry_point, '-v', '-p', 'no:cacheprovider', ...report]
    }
  }
}

/** No credential and no setting of the server: a pack's tests are a stranger's program. */
function environmentOf({ pack, pack_ref, home, tmp }: SuiteOrder, inherited: Environment): Environment {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', LANG = 'C.UTF-8', TZ = 'UTC' } = inherited
  return {
    PATH,
    LANG,
    TZ,
    HOME: home,
    TMPDIR: tmp,
    PYTHONPATH: join(pack, 'lib'),
    PYTHONDONTWRITEBYTECODE: '1',
    ATTUNE_PACK_REF: pack_ref,
    ATTUNE_PACK_DIR: pack,
  }
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, name)
  } catch {
    // nobody left
  }
}
