import type { ProcessAccount } from '../run-as/account.ts'
import type { StopReason } from '../processes/process-group.ts'

/** What a spawner is told once, as its argument. */
export type SpawnerSetup = {
  /** Folders of its own: in memory for pipes and small files, on disk for the rest. */
  quick: string
  roomy: string
  /** A process that runs longer than this has its output in log files as it comes. */
  live_log_after_ms: number
  max_stdout_bytes: number
  max_stderr_bytes: number
}

/** A file that exists while the process runs. Without `text` it is there already and is only removed. */
export type PrivateFile = { path: string; mode: number; text?: string }

/** How standard input is filled: nothing, a small document, or a file that is unlinked when the process has it. */
export type ProcessInput = { kind: 'none' } | { kind: 'text'; text: string } | { kind: 'file'; path: string }

/** Starts one process. */
export type StartOrder = {
  ticket: number
  /** Whom it runs as; absent: as the spawner. It then has a private folder, which is its home. */
  account?: ProcessAccount
  file: string
  args: string[]
  /** null: an empty folder of its own. */
  cwd: string | null
  /** Variables beside the spawner's own, which are the inherited ones. */
  env: Record<string, string>
  files: PrivateFile[]
  input: ProcessInput
  timeout_ms: number
  /** When the monotonic clock shows this, the process is killed unless a later time has been given. */
  held_until_ms?: number
  /** Folder of the log files; made when there is something to write. */
  log_dir: string
  /** What must not appear in logs. */
  secrets: string[]
  /** There are too many secrets to look for here: output is kept as it is, and the worker masks it at the end. */
  masked_later: boolean
  /** Standard output is read as data, so its unmasked bytes are needed at the end. */
  parses_output: boolean
}

export type ToSpawner =
  | { kind: 'start'; orders: StartOrder[] }
  | { kind: 'stop'; tickets: number[]; reason: StopReason }
  | { kind: 'hold'; tickets: number[]; until_ms: number }

/** What became of one stream. */
export type StreamEnd = {
  /** Bytes that were written, and how many of them were kept. */
  total: number
  kept: number
  /** Unmasked text: all that was kept of standard output if it is small; of standard error the end. */
  text: string | undefined
  /** `text` is all that was kept. */
  whole: boolean
  /** Where the output is, when it is not in `text`: unmasked, to be removed by the reader. */
  raw_path: string | undefined
  /** A log file was written. */
  logged: boolean
  /** Why the log is not complete. */
  log_error: string | undefined
}

export type StartReport = { ticket: number; pid: number; started_at: number }

export type EndReport = {
  ticket: number
  /** Why the process could not be started. */
  start_error: string | undefined
  exit_code: number | null
  signal: string | null
  duration_ms: number
  stopped_by: StopReason | undefined
  stdout: StreamEnd
  stderr: StreamEnd
}

/** `ready` comes once, before everything else. */
export type FromSpawner =
  | { kind: 'ready' }
  | { kind: 'report'; started: StartReport[]; ended: EndReport[]; rss: number }
