import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../action-runner/environment.ts'
import { removeTree } from '../run-as/remove-tree.ts'
import type { ProcessAccount } from '../run-as/account.ts'
import type { EndReport } from '../action-runner/spawn-protocol.ts'
import { MAX_SPAWNER_RSS, SpawnerLink } from '../action-runner/spawner-link.ts'
import { monotonicMs } from '../waiting/monotonic.ts'

/** Bytes of output that a command may leave in a file; its end is kept anyway. */
const OUTPUT_BYTES = 1024 * 1024
/** Nothing is followed while it grows. */
const NEVER_LIVE_MS = 2 ** 31 - 1

export type CommandOrder = { argv: readonly string[]; cwd: string; timeout_ms: number }

export type CommandEnd =
  | { kind: 'ended'; exit_code: number | null; signal: string | null; output: string }
  | { kind: 'timeout'; output: string }
  | { kind: 'not-started'; error: string }
  | { kind: 'stopped' }

export type BuildProcesses = {
  run(order: CommandOrder): Promise<CommandEnd>
  /** The build is this process's until then, by the monotonic clock; afterwards its processes are killed. */
  hold(until_ms: number): void
  /** Kills what runs and starts nothing more. */
  stop(): void
  close(): Promise<void>
}

/**
 * Runs the commands of one build by a spawner of its own, which is what ends them, with their whole group, when the
 * time is over, when the claim is not renewed, and when this process dies.
 */
export function startBuildProcesses(
  options: { work_dir: string; env: Environment; account: ProcessAccount | undefined },
  held_until_ms: number,
): BuildProcesses {
  const folder = join(options.work_dir, 'builds', randomUUID())
  const link = new SpawnerLink({
    setup: {
      quick: join(folder, 'pipes'),
      roomy: join(folder, 'files'),
      live_log_after_ms: NEVER_LIVE_MS,
      max_stdout_bytes: OUTPUT_BYTES,
      max_stderr_bytes: OUTPUT_BYTES,
    },
    env: options.env,
    judge: options.account,
    max_rss_bytes: MAX_SPAWNER_RSS,
    onRetired: () => undefined,
  })
  let ticket = 0
  let until = held_until_ms
  let stopped = false
  return {
    async run({ argv, cwd, timeout_ms }) {
      if (stopped || monotonicMs() >= until) return { kind: 'stopped' }
      await mkdir(folder, { recursive: true })
      ticket += 1
      const end = await link.run({
        ticket,
        ...(options.account && { account: options.account }),
        // One stream, so that what was said stands in the order in which it was said.
        file: '/bin/sh',
        args: ['-c', 'exec "$@" 1>&2', 'sh', ...argv],
        cwd,
        env: {},
        files: [],
        input: { kind: 'none' },
        timeout_ms,
        held_until_ms: until,
        log_dir: join(folder, `log-${ticket}`),
        secrets: [],
        masked_later: false,
        parses_output: false,
      })
      return end.kind === 'lost' ? { kind: 'not-started', error: end.error } : endOf(end.report)
    },
    hold(until_ms) {
      until = until_ms
      link.hold([ticket], until_ms)
    },
    stop() {
      stopped = true
      link.stop(ticket, 'shutdown')
    },
    async close() {
      link.retire('the build is over')
      await link.exited()
      removeTree(folder)
    },
  }
}

function endOf({ start_error, stopped_by, exit_code, signal, stderr }: EndReport): CommandEnd {
  if (start_error !== undefined) return { kind: 'not-started', error: start_error }
  const output = stderr.text ?? ''
  switch (stopped_by) {
    case undefined:
      return { kind: 'ended', exit_code, signal, output }
    case 'timeout':
      return { kind: 'timeout', output }
    case 'cancel':
    case 'shutdown':
    case 'lease':
      return { kind: 'stopped' }
  }
}
