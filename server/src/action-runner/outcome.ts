import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type CutOut, restore } from '../domain/secret/redact.ts'
import { textsIn } from '../domain/secret/texts.ts'
import type { Json } from '../json.ts'
import { createTextMask, MASK, secretForms, type TextMask } from './mask.ts'
import { parseOutput, type ParsedOutput } from './output.ts'
import type { Outcome } from './result.ts'
import type { EndReport, StreamEnd } from './spawn-protocol.ts'
import { STDERR_TAIL, truncationNotice } from './stream-capture.ts'

export type OutcomeContext = {
  output_format: 'text' | 'json' | 'yaml' | 'jsonl'
  secrets: readonly string[]
  /** What the action declares secret in its output; absent when it declares nothing. */
  declaredSecrets: ((data: Json) => CutOut[]) | undefined
  artifacts_dir: string
  log_dir: string
}

/** NUL and half surrogate pairs, which PostgreSQL does not store. */
const UNSTORABLE = /\0|\p{Surrogate}/gu

/** What a process has left behind, read, parsed, masked and fit to be stored. */
export async function outcomeOf(report: EndReport, context: OutcomeContext): Promise<Outcome> {
  const { stdout, stderr } = report
  const wasGood = report.exit_code === 0 && report.stopped_by === undefined
  const { said, declared } = await readOutput(stdout, context, wasGood)
  const hide = hiderOf([...context.secrets, ...textsIn(declared.map(({ value }) => value))])
  const output = wasGood ? cleanOutput(said, hide, declared) : none
  if (declared.length > 0) await hideInLogs(report, context, hide)
  const text = await besideOutput(output, report, { context, hide })
  if (stdout.raw_path !== undefined) await rm(stdout.raw_path, { force: true })
  const end = endOfText(hide(stderr.text ?? '', false), stderr.whole)
  return {
    exit_code: report.exit_code,
    signal: report.signal,
    duration_ms: report.duration_ms,
    stopped_by: report.stopped_by,
    stdout: text,
    stdout_bytes_truncated: stdout.total - stdout.kept,
    stderr: end.text,
    stderr_whole: end.whole,
    stderr_bytes_truncated: stderr.total - stderr.kept,
    stderr_log: stderr.logged
      ? relative(context.artifacts_dir, join(context.log_dir, 'stderr.log'))
      : undefined,
    output,
  }
}

const none: ParsedOutput = { kind: 'none' }

/** Also the output of what failed is read where secrets are declared in it: they are in its text. */
async function readOutput(
  stdout: StreamEnd,
  context: OutcomeContext,
  wasGood: boolean,
): Promise<{ said: ParsedOutput; declared: CutOut[] }> {
  if (!wasGood && context.declaredSecrets === undefined) return { said: none, declared: [] }
  const said = await parsed(stdout, context)
  return { said, declared: said.kind === 'data' ? (context.declaredSecrets?.(said.data) ?? []) : [] }
}

/** The text of standard output where it is no data; lines beside data go to the log. */
async function besideOutput(
  output: ParsedOutput,
  { stdout }: EndReport,
  { context, hide }: { context: OutcomeContext; hide: Hide },
): Promise<string> {
  if (output.kind !== 'data') return textOf(stdout, context, hide)
  if (output.partial && !stdout.logged) await keepLog(hide(stdout.text ?? '', false), context)
  return ''
}

type Hide = (text: string, cut: boolean) => string

/** Masks and makes storable. The mask is built when there is text to look at: most processes say little. */
function hiderOf(secrets: readonly string[]): Hide {
  let mask: TextMask | undefined
  let built = false
  return (text, cut) => {
    if (text === '') return text
    if (!built) mask = createTextMask(secretForms(secrets))
    built = true
    return (mask?.(text, cut) ?? text).replace(UNSTORABLE, '\uFFFD')
  }
}

/** Reads standard output as data, from its unmasked text: a mask could break the form that it hides something in. */
async function parsed(stdout: StreamEnd, { output_format, log_dir }: OutcomeContext): Promise<ParsedOutput> {
  if (output_format === 'text' || stdout.total === 0) return { kind: 'none' }
  if (stdout.total > stdout.kept)
    return { kind: 'unreadable', error: 'The output exceeded the size limit and was cut' }
  const text = stdout.whole ? stdout.text : await readText(stdout.raw_path ?? join(log_dir, 'stdout.log'))
  return text === undefined
    ? { kind: 'unreadable', error: 'The output could not be kept' }
    : parseOutput(output_format, text)
}

/** What is declared secret stays as it is: whoever stores the result cuts it out. */
function cleanOutput(output: ParsedOutput, hide: Hide, declared: readonly CutOut[]): ParsedOutput {
  return output.kind === 'data'
    ? { ...output, data: restore(cleanJson(output.data, hide), declared) }
    : output
}

/** Secrets that the action has made itself are known only now that its output is read: its logs may have them. */
async function hideInLogs(
  { stdout, stderr }: EndReport,
  { log_dir }: OutcomeContext,
  hide: Hide,
): Promise<void> {
  for (const [stream, name] of [
    [stdout, 'stdout.log'],
    [stderr, 'stderr.log'],
  ] as const) {
    const text = stream.logged ? await readText(join(log_dir, name)) : undefined
    if (text !== undefined) await writeFile(join(log_dir, name), hide(text, false))
  }
}

/** Masks every text in a value, names included, and numbers that are a secret. */
function cleanJson(value: Json, hide: Hide): Json {
  if (typeof value === 'string') return hide(value, false)
  if (typeof value === 'number') return hide(String(value), false) === MASK ? MASK : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((child) => cleanJson(child, hide))
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [hide(name, false), cleanJson(child, hide)]),
  )
}

/** Small output came with the report; larger output is in its log, masked already and with its notice. */
async function textOf(stdout: StreamEnd, { log_dir }: OutcomeContext, hide: Hide): Promise<string> {
  if (stdout.text === undefined) {
    const text = await readText(join(log_dir, 'stdout.log'))
    return (text ?? '').replace(UNSTORABLE, '\uFFFD')
  }
  const cut = stdout.total > stdout.kept
  return hide(stdout.text, cut || !stdout.whole) + (cut ? truncationNotice('stdout') : '')
}

/** Lines beside the data would be lost with the text: the result has no room for them. */
async function keepLog(text: string, { log_dir }: OutcomeContext): Promise<void> {
  await mkdir(log_dir, { recursive: true, mode: 0o2775 })
  await writeFile(join(log_dir, 'stdout.log'), text, { mode: 0o664 })
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The last 64 KiB; what a cut leaves of a character at its beginning is dropped. */
function endOfText(text: string, whole: boolean): { text: string; whole: boolean } {
  if (whole && text.length <= STDERR_TAIL) return { text, whole }
  return { text: text.slice(-STDERR_TAIL).replace(/^[\uFFFD\uDC00-\uDFFF]+/, ''), whole: false }
}
