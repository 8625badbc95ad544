import { parseDocument } from 'yaml'
import { type ExactJson, readExactJson } from '../text/exact-json.ts'
import { inexactScalars } from '../text/exact-yaml.ts'
import { repeatedKeys, yamlTrouble } from '../text/yaml-limits.ts'
import type { Json } from '../json.ts'
import { type JobEnd, jobOf, type Threads } from '../threads/bounded-threads.ts'

/** Deeper data than this serves nobody and breaks whoever walks it. */
const MAX_DEPTH = 200
const MAX_ALIASES = 100
/** Up to these sizes, whatever stands in it, a text is read in some milliseconds; beyond it by a thread. */
const INLINE_CHARACTERS = { json: 256 * 1024, jsonl: 16 * 1024, yaml: 4 * 1024 } as const
/** The parser of YAML takes seconds for a megabyte. */
const BUDGET_MS = 20_000

type Format = 'json' | 'yaml' | 'jsonl'

/** What standard output says beside its text: data, nothing, or why it could not be read. */
export type ParsedOutput =
  | { kind: 'none' }
  /** `partial`: there were lines beside the data. `warning`: what is not in it as it was printed. */
  | { kind: 'data'; data: Json; partial: boolean; warning?: string }
  | { kind: 'unreadable'; error: string }
  /** Too much to be read; unlike output that is wrong, this fails the execution. */
  | { kind: 'refused'; error: string }

/** Reads the output of an action that ended well. Output that cannot be read is no failure of the action. */
export async function readOutput(
  format: Format | 'text',
  stdout: string,
  limits: { threads: Threads; most_bytes: number },
): Promise<ParsedOutput> {
  if (format === 'text') return { kind: 'none' }
  if (stdout.length <= INLINE_CHARACTERS[format]) return parseOutput(format, stdout)
  const job = { format, stdout, most_bytes: limits.most_bytes }
  return parsedOrRefused(await limits.threads.run(parseJob, job, BUDGET_MS), format)
}

function parsedOrRefused(end: JobEnd<ParsedOutput>, format: Format): ParsedOutput {
  if (end.kind === 'done') return end.output
  return { kind: 'refused', error: `The output cannot be read as ${format}: ${end.reason}` }
}

/** For a thread: data that nobody could store is not handed over. */
export function parseLargeOutput(job: { format: Format; stdout: string; most_bytes: number }): ParsedOutput {
  const parsed = parseOutput(job.format, job.stdout)
  if (parsed.kind !== 'data') return parsed
  const bytes = Buffer.byteLength(JSON.stringify(parsed.data))
  if (bytes <= job.most_bytes) return parsed
  const error = `The result has ${bytes} bytes and at most ${job.most_bytes} can be stored; write larger output as an artifact.`
  return { kind: 'refused', error }
}

const parseJob = jobOf(parseLargeOutput, import.meta.url)

/** Reads output as data. */
export function parseOutput(format: Format | 'text', stdout: string): ParsedOutput {
  const trimmed = stdout.trim()
  if (format === 'text' || trimmed === '') return { kind: 'none' }
  const parsed = read(format, trimmed)
  if (parsed.kind === 'data' && deeperThan(parsed.data, MAX_DEPTH)) {
    return { kind: 'unreadable', error: `The output is nested deeper than ${MAX_DEPTH} levels` }
  }
  return parsed
}

function read(format: Format, text: string): ParsedOutput {
  switch (format) {
    case 'json':
      return readJson(text)
    case 'yaml':
      return readYaml(text)
    case 'jsonl':
      return readLines(text)
  }
}

/** The whole text, else its last line: many programs log before they print their result. */
function readJson(text: string): ParsedOutput {
  const whole = parseJson(text)
  if (whole !== undefined) return dataOf(whole, false)
  const last = parseJson(text.slice(text.lastIndexOf('\n') + 1))
  if (last !== undefined) return dataOf(last, true)
  return { kind: 'unreadable', error: 'Neither the output nor its last line is JSON' }
}

function readLines(text: string): ParsedOutput {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const read = lines.map((line) => (couldBeJson(line) ? parseJson(line) : undefined)).filter(isThere)
  if (read.length === 0) return { kind: 'unreadable', error: 'No line of the output is JSON' }
  const inexact = read.flatMap((line, index) => line.inexact.map((path) => `${index}.${path}`))
  const value = read.map((line) => line.value)
  return dataOf({ value, inexact }, read.length < lines.length)
}

/** What the data is of: a number with too many digits is its text, and that is said. */
function dataOf({ value, inexact }: ExactJson, partial: boolean): ParsedOutput {
  const data = { kind: 'data', data: value, partial } as const
  return inexact.length === 0 ? data : { ...data, warning: warningOf(inexact) }
}

const MOST_NAMED = 10

function warningOf(paths: readonly string[]): string {
  const named = paths.slice(0, MOST_NAMED).map((path) => path.replace(/\.$/, '') || 'the whole output')
  const more = paths.length > named.length ? ` and ${paths.length - named.length} more` : ''
  return `Numbers with more digits than can be kept are text: ${named.join(', ')}${more}; print them in quotes`
}

/** To be told by an exception that a line of a log is no JSON takes a thousand times as long. */
function couldBeJson(line: string): boolean {
  const text = line.trim()
  const ends = `${text.at(0)}${text.at(-1)}`
  return ['{}', '[]', '""'].includes(ends) || /^(?:-?\d[\d.eE+-]*|true|false|null)$/.test(text)
}

function isThere(read: ExactJson | undefined): read is ExactJson {
  return read !== undefined
}

function parseJson(text: string): ExactJson | undefined {
  try {
    return readExactJson(text)
  } catch {
    return undefined // no JSON
  }
}

/** Repeated keys are looked for here: the parser compares every key with every other, and says each. */
function readYaml(text: string): ParsedOutput {
  const trouble = yamlTrouble(text, { tokens: Infinity, aliases: MAX_ALIASES })
  if (trouble !== undefined) return notYaml(`it ${trouble}`)
  const document = parseDocument(text, { logLevel: 'error', uniqueKeys: false, prettyErrors: false })
  const error = document.errors[0]
  if (error?.code === 'MULTIPLE_DOCS') return notYaml('it has several documents')
  if (error !== undefined) return notYaml(`${error.message} at character ${error.pos[0]}`)
  const [repeated] = repeatedKeys(document, 1)
  if (repeated !== undefined) return notYaml(`it gives a key twice, at character ${repeated.range?.[0] ?? 0}`)
  const inexact = inexactScalars(document, Infinity)
  for (const scalar of inexact) scalar.value = scalar.source
  try {
    const value = toJson(document.toJS({ maxAliasCount: MAX_ALIASES }))
    return dataOf({ value, inexact: inexact.map(({ source }) => source ?? '') }, false)
  } catch (error) {
    return notYaml(error instanceof Error ? error.message : String(error))
  }
}

function notYaml(why: string): ParsedOutput {
  return { kind: 'unreadable', error: `The output is not YAML: ${why.split('\n', 1)[0]}` }
}

/** What YAML can say and JSON cannot becomes null (infinities) or text (dates). */
function toJson(value: unknown): Json {
  const text: string | undefined = JSON.stringify(value)
  return text === undefined ? null : (parseJson(text)?.value ?? null)
}

function deeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((child) => deeperThan(child, levels - 1))
}
