import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { StopReason } from '../processes/process-group.ts'
import type { ParsedOutput } from './output.ts'

/** How an execution ended. `abandoned` says that it ended through no doing of the action or of a person. */
export type EndedRun = {
  status: 'completed' | 'failed' | 'timeout' | 'cancelled'
  result: JsonObject
  started_at?: string
  abandoned?: true
}

/** A process that has ended, its output masked and storable. */
export type RunOutcome = {
  exit_code: number | null
  signal: string | null
  duration_ms: number
  stopped_by: StopReason | undefined
  stdout: string
  stdout_bytes_truncated: number
  /** The end of standard error. */
  stderr: string
  /** False when there was more before it. */
  stderr_whole: boolean
  stderr_bytes_truncated: number
  stderr_log: string | undefined
  output: ParsedOutput
}

/** Standard error may be a long log; its last lines say what went wrong. */
const MAX_ERROR_LINES = 5
const MAX_ERROR_CHARACTERS = 2000

const STATUS_OF = { timeout: 'timeout', cancel: 'cancelled', shutdown: 'failed', lease: 'failed' } as const

type EndContext = { native: boolean; success_exit_codes: readonly number[]; timeout_seconds: number }

/** The end of an execution whose process ran. */
export function endOf(outcome: RunOutcome, context: EndContext): EndedRun {
  const { stopped_by, exit_code } = outcome
  const status = stopped_by === undefined ? ownStatus(outcome, context) : STATUS_OF[stopped_by]
  const error = errorOf(outcome, context)
  const result: JsonObject = {
    status,
    succeeded: status === 'completed',
    exit_code: stopped_by === 'timeout' ? -1 : (exit_code ?? -1),
    duration_ms: outcome.duration_ms,
    ...(error === undefined ? {} : { error }),
    ...(outcome.signal === null ? {} : { signal: outcome.signal }),
    ...(status === 'cancelled' ? { cancelled: true } : {}),
    ...(status === 'timeout' ? { timed_out: true } : {}),
    ...outputOf(outcome),
  }
  return { status, result, ...(isCutOff(stopped_by) ? { abandoned: true } : {}) }
}

function ownStatus({ exit_code, output }: RunOutcome, context: EndContext): 'completed' | 'failed' {
  return isSuccess(exit_code, context) && output.kind !== 'refused' ? 'completed' : 'failed'
}

/** Whether a process that ended by itself has done what it is for. */
export function isSuccess(
  exitCode: number | null,
  { success_exit_codes }: Pick<EndContext, 'success_exit_codes'>,
): boolean {
  return exitCode !== null && success_exit_codes.includes(exitCode)
}

/** Stopped through no doing of the action or of a person. */
function isCutOff(reason: StopReason | undefined): boolean {
  return reason === 'shutdown' || reason === 'lease'
}

/** The end of an execution whose process never started. */
export function endBeforeStart(error: string): EndedRun {
  return { status: 'failed', result: { status: 'failed', succeeded: false, error } }
}

export const CANCELLED_ERROR = 'Execution cancelled by user'
const LEASE_ERROR = 'The worker could not renew its hold on the execution in time; the action was stopped'
export const SHUTDOWN_ERROR = 'Worker shut down before the action finished'

/** The end of an execution that was cancelled before its process started. */
export function cancelledBeforeStart(): EndedRun {
  return {
    status: 'cancelled',
    result: { status: 'cancelled', succeeded: false, cancelled: true, error: CANCELLED_ERROR },
  }
}

function errorOf(outcome: RunOutcome, context: EndContext): string | undefined {
  switch (outcome.stopped_by) {
    case 'timeout':
      return `Execution timed out after ${context.timeout_seconds} seconds`
    case 'cancel':
      return CANCELLED_ERROR
    case 'shutdown':
      return SHUTDOWN_ERROR
    case 'lease':
      return LEASE_ERROR
    case undefined:
      if (outcome.output.kind === 'refused') return outcome.output.error
      return isSuccess(outcome.exit_code, context) ? undefined : exitError(outcome, context.native)
  }
}

function exitError({ exit_code, signal, stderr, stderr_whole }: RunOutcome, native: boolean): string {
  const code = signal === null ? String(exit_code ?? -1) : `-1 (${signal})`
  const said = saidBy(stderr, stderr_whole)
  if (native) return `Native binary exited with code ${code}${said === '' ? '' : `: ${said}`}`
  return said === '' ? `Command exited with code ${code}` : said
}

function saidBy(stderr: string, whole: boolean): string {
  if (stderr.trim() === '') return ''
  const lines = stderr.trimEnd().split('\n')
  // The first line of the end of a log is half of one.
  const known = whole || lines.length === 1 ? lines : lines.slice(1)
  if (whole && lines.length <= MAX_ERROR_LINES && stderr.length <= MAX_ERROR_CHARACTERS) return stderr
  return known
    .slice(-MAX_ERROR_LINES)
    .join('\n')
    .slice(-MAX_ERROR_CHARACTERS)
    .replace(/^[\uDC00-\uDFFF]/, '')
}

function outputOf(outcome: RunOutcome): JsonObject {
  const { output, stdout, stderr } = outcome
  return {
    ...(output.kind === 'data' ? { data: output.data, ...ackOf(output.data) } : {}),
    ...(output.kind === 'data' && output.warning !== undefined ? { output_warning: output.warning } : {}),
    ...(output.kind === 'unreadable' ? { output_error: output.error } : {}),
    ...(output.kind !== 'data' && stdout !== '' ? { stdout } : {}),
    ...(stderr.trim() === '' ? {} : { stderr }),
    ...(outcome.stderr_log === undefined || stderr.trim() === '' ? {} : { stderr_log: outcome.stderr_log }),
    ...truncationOf('stdout', outcome.stdout_bytes_truncated),
    ...truncationOf('stderr', outcome.stderr_bytes_truncated),
  }
}

function ackOf(data: Json): JsonObject {
  return isJsonObject(data) && data.queue_ack !== undefined ? { queue_ack: data.queue_ack } : {}
}

function truncationOf(stream: 'stdout' | 'stderr', bytes: number): JsonObject {
  return bytes === 0 ? {} : { [`${stream}_truncated`]: true, [`${stream}_bytes_truncated`]: bytes }
}
