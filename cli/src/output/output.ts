import type { Failure } from '../failure.ts'
import { jsonDocument, yamlDocument } from './document.ts'
import { oneLine, visible } from './escape.ts'
import { logWriter, onTerminal, type Sink } from './log-text.ts'
import { painter } from './paint.ts'
import { type Cell, type Look, table } from './table.ts'
import { type Branch, tree } from './tree.ts'
import type { Section, View } from './view.ts'

export const formats = ['table', 'json', 'yaml'] as const
export type Format = (typeof formats)[number]

export type OutputOptions = {
  format: Format
  quiet: boolean
  env: NodeJS.ProcessEnv
  stdout: Sink
  stderr: Sink
}

/** Says things the way the caller asked for. Data goes to stdout, everything about it to stderr. */
export type Output = {
  readonly format: Format
  readonly quiet: boolean
  list<T>(rows: readonly unknown[], view: View<T>): void
  item<T>(row: unknown, view: View<T>): void
  /** After a change: a sentence for a person, the changed thing as JSON or YAML, its key when quiet. */
  done<T>(row: unknown, view: View<T>, sentence: (row: T) => string): void
  /** Something that is best read as a tree: its key when quiet, the document as JSON or YAML. */
  tree(document: unknown, key: string, branches: (document: unknown) => readonly Branch[]): void
  /** A value as it is: pretty JSON, or YAML when asked for. */
  value(value: unknown): void
  /** A sentence for a person only. */
  notice(sentence: string): void
  /** Something the reader of the data must know, in every format. */
  warn(sentence: string): void
  /** Output of an action. Written as it is to files and pipes, made safe on a terminal. */
  log(text: string): void
}

/** The one place that knows formats, quietness and whether somebody is looking. */
export function createOutput(options: OutputOptions): Output {
  const { format, quiet, stdout, stderr } = options
  const look = lookOf(stdout, options.env)
  const document = format === 'yaml' ? yamlDocument : jsonDocument
  const say = (text: string): unknown => stdout.write(text)
  const notice = (sentence: string): void => {
    if (format === 'table' && !quiet) say(`${look.paint('✓', 'green')} ${visible(sentence)}\n`)
  }
  return {
    format,
    quiet,
    list(rows, view) {
      if (quiet) for (const row of rows) say(`${oneLine(view.key(view.read(row)))}\n`)
      else if (format === 'table') say(listTable(rows, view, look))
      else say(document(rows))
    },
    item(row, view) {
      if (quiet) say(`${oneLine(view.key(view.read(row)))}\n`)
      else if (format === 'table') say(itemTable(view.read(row), view, look))
      else say(document(row))
    },
    done(row, view, sentence) {
      if (quiet) say(`${oneLine(view.key(view.read(row)))}\n`)
      else if (format === 'table') notice(sentence(view.read(row)))
      else say(document(row))
    },
    tree(answer, key, branches) {
      if (quiet) say(`${oneLine(key)}\n`)
      else if (format === 'table') say(tree(branches(answer), look.paint))
      else say(document(answer))
    },
    value: (value) => say(document(value)),
    notice,
    warn: (sentence) => {
      if (!quiet)
        stderr.write(`${painter(options.env, stderr.isTTY === true)('⚠', 'yellow')} ${visible(sentence)}\n`)
    },
    log: (text) => {
      const writer = logWriter(stdout)
      writer.write(text)
      writer.end()
    },
  }
}

/** The last words of a command that failed, on stderr only. */
export function writeFailure(failure: Pick<Failure, 'message' | 'details'>, stderr: Sink): void {
  stderr.write(`Error: ${visible(failure.message)}\n`)
  for (const { field, message } of failure.details) {
    stderr.write(`  ${field === '' ? '' : `${visible(field)}: `}${visible(message)}\n`)
  }
}

function lookOf(stdout: Sink, env: NodeJS.ProcessEnv): Look {
  const isTerminal = stdout.isTTY === true
  return { width: isTerminal ? stdout.columns || 80 : undefined, paint: painter(env, isTerminal) }
}

function listTable<T>(rows: readonly unknown[], view: View<T>, look: Look): string {
  const cells = rows.map((row) => {
    const read = view.read(row)
    return view.columns.map(([, cell]): Cell => cell(read))
  })
  return table(
    view.columns.map(([title]) => title),
    cells,
    look,
  )
}

function itemTable<T>(row: T, view: View<T>, look: Look): string {
  const details = view.details(row).map(([title, cell]): Cell[] => [{ text: title, colour: 'cyan' }, cell])
  const sections = (view.sections?.(row) ?? []).map((section) => sectionText(section, look))
  return table([], details, look) + sections.join('')
}

function sectionText(section: Section, { paint, width }: Look): string {
  const body = 'log' in section ? logBody(section.log, width !== undefined) : jsonDocument(section.value)
  return `\n${paint(`${section.title}:`, 'cyan')}\n${body}`
}

function logBody(log: string, isTerminal: boolean): string {
  const text = log.endsWith('\n') ? log : `${log}\n`
  return isTerminal ? onTerminal(text) : text
}
