import { readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type ExtractedSecret, restore } from '../domain/secret/redact.ts'
import { textsIn } from '../domain/secret/texts.ts'
import type { Json } from '../json.ts'
import type { Threads } from '../threads/bounded-threads.ts'
import { type FileHiding, type Hidden, hideJob, hideSecrets, type Hiding } from './hide.ts'
import { storableText } from '../text/storable-text.ts'
import { writeLog } from './log-file.ts'
import { type ParsedOutput, readOutput } from './output.ts'
import { isSuccess, type RunOutcome } from './result.ts'
import { MAX_LIVE_COST, searchCost } from './secret-forms.ts'
import type { EndReport, StreamEnd } from './spawn-protocol.ts'
import { STDERR_TAIL, truncationNotice } from './stream-capture.ts'

export type OutcomeContext = {
  output_format: 'text' | 'json' | 'yaml' | 'jsonl'
  success_exit_codes: readonly number[]
  secrets: readonly string[]
  /** What the action declares secret in its output; absent when it declares nothing. */
  declaredSecrets: ((data: Json) => ExtractedSecret[]) | undefined
  artifacts_dir: string
  log_dir: string
  /** Bytes that a result can have. */
  max_result_bytes: number
  threads: Threads
}

/** Output up to this size is masked in some milliseconds. */
const INLINE_BYTES = 256 * 1024
const BUDGET_MS = 60_000

/** What a process has left behind, read, parsed, masked and fit to be stored. */
export async function outcomeOf(report: EndReport, context: OutcomeContext): Promise<RunOutcome> {
  const wasGood = isSuccess(report.exit_code, context) && report.stopped_by === undefined
  const { said, declared } = await read(report.stdout, context, wasGood)
  const output = wasGood ? said : none
  const secrets = [...context.secrets, ...textsIn(declared.map(({ value }) => value))]
  const files = filesOf(report, { context, rewritten: declared.length > 0 })
  const hidden = await hide(hidingOf(report, { output, secrets, files }), report, context)
  for (const { raw_path } of [report.stdout, report.stderr])
    if (raw_path !== undefined) await rm(raw_path, { force: true })
  if ('reason' in hidden) return withheld(report, hidden.reason)
  return shown(report, context, { output, hidden, declared, files })
}

const none: ParsedOutput = { kind: 'none' }

/** Also the output of what failed is read where secrets are declared in it: they are in its text. */
async function read(
  stdout: StreamEnd,
  context: OutcomeContext,
  wasGood: boolean,
): Promise<{ said: ParsedOutput; declared: ExtractedSecret[] }> {
  if (!wasGood && context.declaredSecrets === undefined) return { said: none, declared: [] }
  const said = await parsed(stdout, context)
  return { said, declared: said.kind === 'data' ? (context.declaredSecrets?.(said.data) ?? []) : [] }
}

/** Reads standard output as data, from its unmasked text: a mask could break the form that it hides something in. */
async function parsed(stdout: StreamEnd, context: OutcomeContext): Promise<ParsedOutput> {
  const { output_format, log_dir, threads, max_result_bytes } = context
  if (output_format === 'text' || stdout.total === 0) return none
  if (stdout.total > stdout.kept)
    return { kind: 'unreadable', error: 'The output exceeded the size limit and was cut' }
  const text = stdout.whole ? stdout.text : await readText(stdout.raw_path ?? join(log_dir, 'stdout.log'))
  return text === undefined
    ? { kind: 'unreadable', error: 'The output could not be kept' }
    : readOutput(output_format, text, { threads, most_bytes: max_result_bytes })
}

/**
 * Logs that are to be written: of output that was not masked as it came, and all of them where the action has made
 * secrets itself, which are known only now.
 */
function filesOf(
  report: EndReport,
  { context, rewritten }: { context: OutcomeContext; rewritten: boolean },
): FileHiding[] {
  return streams.flatMap((stream) => {
    const { raw_path, logged, total, kept } = report[stream]
    const log = join(context.log_dir, `${stream}.log`)
    if (logged) return rewritten ? [{ from: log, log, notice: '' }] : []
    return raw_path === undefined
      ? []
      : [{ from: raw_path, log, notice: total > kept ? truncationNotice(stream) : '' }]
  })
}

const streams = ['stdout', 'stderr'] as const

type Parts = { output: ParsedOutput; secrets: readonly string[]; files: FileHiding[] }

function hidingOf({ stdout, stderr }: EndReport, { output, secrets, files }: Parts): Hiding {
  return {
    secrets,
    texts: [
      { text: stdout.text ?? '', cut: stdout.total > stdout.kept || !stdout.whole },
      { text: stderr.text ?? '', cut: false },
      { text: remarkOf(output), cut: false },
    ],
    data: output.kind === 'data' ? output.data : undefined,
    files,
  }
}

/** What is said about the output: it may quote it. */
function remarkOf(output: ParsedOutput): string {
  if (output.kind === 'none') return ''
  return output.kind === 'data' ? (output.warning ?? '') : output.error
}

/** Little is masked at once; what could hold up everything else of this process, by a thread. */
async function hide(
  hiding: Hiding,
  { stdout, stderr }: EndReport,
  { threads }: OutcomeContext,
): Promise<Hidden | { reason: string }> {
  const isSmall = stdout.kept + stderr.kept <= INLINE_BYTES && searchCost(hiding.secrets) <= MAX_LIVE_COST
  return hideBy(hiding, threads, isSmall || hiding.secrets.length === 0)
}

async function hideBy(
  hiding: Hiding,
  threads: Threads,
  isSmall: boolean,
): Promise<Hidden | { reason: string }> {
  if (isSmall) return hideSecrets(hiding)
  const end = await threads.run(hideJob, hiding, BUDGET_MS)
  return end.kind === 'done' ? end.output : end
}

/** The same for one text that is not output. */
export async function hideText(text: string, secrets: readonly string[], threads: Threads): Promise<string> {
  const hiding: Hiding = { secrets, texts: [{ text, cut: false }], data: undefined, files: [] }
  const hidden = await hideBy(hiding, threads, searchCost(secrets) <= MAX_LIVE_COST)
  if ('reason' in hidden) return 'Action execution failed'
  const [shown = ''] = hidden.texts
  return shown === storableText(text) ? text : shown
}

/** What cannot be masked is not shown. */
function withheld(report: EndReport, reason: string): RunOutcome {
  const error = `The output is not kept, because its secrets could not be masked: ${reason}`
  return {
    ...factsOf(report),
    stdout: '',
    stderr: '',
    stderr_whole: true,
    stderr_log: undefined,
    output: { kind: 'refused', error },
  }
}

function factsOf({ exit_code, signal, duration_ms, stopped_by, stdout, stderr }: EndReport) {
  return {
    exit_code,
    signal,
    duration_ms,
    stopped_by,
    stdout_bytes_truncated: stdout.total - stdout.kept,
    stderr_bytes_truncated: stderr.total - stderr.kept,
  }
}

type Shown = {
  output: ParsedOutput
  hidden: Hidden
  declared: readonly ExtractedSecret[]
  files: FileHiding[]
}

async function shown(
  report: EndReport,
  context: OutcomeContext,
  { output, hidden, declared, files }: Shown,
): Promise<RunOutcome> {
  const [stdout = '', stderr = '', remark = ''] = hidden.texts
  const [out, err] = streams.map((stream) => {
    const path = join(context.log_dir, `${stream}.log`)
    return { path, written: report[stream].logged || files.some(({ log }) => log === path) }
  }) as [Log, Log] // one for each stream
  const tail =
    report.stderr.text === undefined
      ? endOfText(await readLog(err), false)
      : endOfText(stderr, report.stderr.whole)
  return {
    ...factsOf(report),
    stdout: await besideOutput(output, stdout, { end: report.stdout, log: out }),
    stderr: tail.text,
    stderr_whole: tail.whole,
    stderr_log: err.written ? relative(context.artifacts_dir, err.path) : undefined,
    output: cleanOutput(output, { data: hidden.data, remark, declared }),
  }
}

type Log = { path: string; written: boolean }

/** The text of standard output where it is no data; lines beside data go to the log. */
async function besideOutput(
  output: ParsedOutput,
  text: string,
  { end, log }: { end: StreamEnd; log: Log },
): Promise<string> {
  if (output.kind === 'data') {
    if (output.partial && !log.written) writeLog(log.path, text)
    return ''
  }
  // Small output came with the report; larger output is in its log, with its notice.
  if (end.text === undefined) return readLog(log)
  return text + (end.total > end.kept ? truncationNotice('stdout') : '')
}

type Cleaned = { data: Json | undefined; remark: string; declared: readonly ExtractedSecret[] }

/** What is declared secret stays as it is: whoever stores the result cuts it out. */
function cleanOutput(output: ParsedOutput, { data, remark, declared }: Cleaned): ParsedOutput {
  switch (output.kind) {
    case 'none':
      return output
    case 'data':
      return {
        ...output,
        data: restore(data ?? null, declared),
        ...(output.warning === undefined ? {} : { warning: remark }),
      }
    case 'unreadable':
    case 'refused':
      return { ...output, error: remark }
  }
}

async function readLog({ path }: Log): Promise<string> {
  return storableText((await readText(path)) ?? '')
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined // it could not be written, which has been reported, or somebody removed it
  }
}

/** The last 64 KiB; what a cut leaves of a character at its beginning is dropped. */
function endOfText(text: string, whole: boolean): { text: string; whole: boolean } {
  if (whole && text.length <= STDERR_TAIL) return { text, whole }
  return { text: text.slice(-STDERR_TAIL).replace(/^[\uFFFD\uDC00-\uDFFF]+/, ''), whole: false }
}
