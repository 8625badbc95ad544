import { join } from 'node:path'
import type { RunSuite, SuiteDefinition, SuiteEnd, SuiteOrder } from '../domain/packs/pack-test/suite.ts'
import { GRACE_MS, within } from '../processes/limits.ts'
import { runPiped } from '../processes/piped-process.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import { giveTree, takeTreeBack } from '../run-as/hand-over.ts'
import { type AccountPool, asSelf } from '../run-as/lend.ts'
import { type Environment, inheritedEnvironment } from './environment.ts'

/** Suites that run at a time: tests must not starve the API that they run beside. */
const AT_ONCE = 2
/** What is kept of each stream, from its end. */
const OUTPUT_BYTES = 1024 * 1024
const FILE_BYTES = 1024 ** 3

/** Runs suites of packs, and ends them when the process ends. */
export type SuiteRunner = {
  run: RunSuite
  /** Kills what runs; later suites are not started. */
  stop(): void
}

export function createSuiteRunner(
  env: Readonly<Record<string, string | undefined>> = process.env,
  accounts: AccountPool = asSelf,
): SuiteRunner {
  const inherited = inheritedEnvironment(env, [])
  const stopping = new AbortController()
  const waiting: (() => void)[] = []
  let busy = 0

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
      return await runSuite(order, { inherited, account, signal: stopping.signal })
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
        if (stopping.signal.aborted) return notStarted(STOPPING)
        return await runAs(order)
      } finally {
        free()
      }
    },
    stop: () => stopping.abort(new Error(STOPPING)),
  }
}

const STOPPING = 'the server is stopping'

type RunningAs = { inherited: Environment; account: ProcessAccount | undefined; signal: AbortSignal }

function notStarted(start_error: string): SuiteEnd {
  return { stdout: '', stderr: '', exit_code: null, timed_out: false, start_error, duration_ms: 0 }
}

/** What it leaves in the background ends with it. No core files, no huge ones, and no more computing time than it has time at all. */
async function runSuite(order: SuiteOrder, as: RunningAs): Promise<SuiteEnd> {
  const { suite } = order
  const limits = { file_bytes: FILE_BYTES, cpu_seconds: suite.timeout + GRACE_MS / 1000 }
  const started = performance.now()
  const { end, stdout, stderr } = await runPiped({
    ...within(limits, commandOf(suite)),
    cwd: order.pack,
    env: environmentOf(order, as.inherited),
    identity: as.account,
    time_limit_ms: suite.timeout * 1000,
    signal: as.signal,
    output_bytes: OUTPUT_BYTES,
  })
  const duration_ms = Math.round(performance.now() - started)
  if (end.kind === 'not-started') return { ...notStarted(end.error.message), duration_ms }
  const timed_out = end.stopped_by === 'timeout'
  return { stdout, stderr, exit_code: end.code, timed_out, start_error: null, duration_ms }
}

function commandOf({ type, entry_point, result_format, result_path }: SuiteDefinition): string[] {
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
