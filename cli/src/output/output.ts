import type { Failure } from '../failure.ts'
import { jsonDocument, yamlDocument } from './document.ts'
import { oneLine, visible } from './escape.ts'
import { logWriter, onTerminal, type Sink } from './log-text.ts'
import { painter } from './paint.ts'
import { type Cell, type Look, table } from './table.ts'
import { type Branch, tree } from './tree.ts'
import { type Section, shownOf, type View } from './view.ts'

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
  list<Row>(rows: readonly NoInfer<Row>[], view: View<Row>): void
  item<Row>(row: NoInfer<Row>, view: View<Row>): void
  /** After a change: a sentence for a person, the changed thing as JSON or YAML, its key when quiet. */
  done<Row, Thing extends Row>(thing: Thing, view: View<Row>, sentence: (thing: Thing) => string): void
  /** What came of a call that leaves nothing to show: a sentence for a person, the answer as JSON or YAML. */
  outcome(answer: unknown, sentence: string): void
  /** Something that is best read as a tree: its key when quiet, the document as JSON or YAML. */
  tree<Document>(document: Document, key: string, branches: (document: Document) => readonly Branch[]): void
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
      if (quiet) for (const row of rows) say(keyLine(row, view))
      else if (format === 'table') say(listTable(rows, view, look))
      else say(document(rows))
    },
    item(row, view) {
      if (quiet) say(keyLine(row, view))
      else if (format === 'table') say(itemTable(row, view, look))
      else say(document(row))
    },
    done(row, view, sentence) {
      if (quiet) say(keyLine(row, view))
      else if (format === 'table') notice(sentence(row))
      else say(document(row))
    },
    outcome(answer, sentence) {
      notice(sentence)
      if (format !== 'table' && !quiet) say(document(answer))
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

function keyLine<Row>(row: Row, { key }: View<Row>): string {
  return `${oneLine(textOf(shownOf(row, key)))}\n`
}

function textOf(cell: Cell = ''): string {
  return typeof cell === 'string' ? cell : cell.text
}

function listTable<Row>(rows: readonly Row[], { columns }: View<Row>, look: Look): string {
  const listed = columns.filter(([, , where]) => where !== 'details')
  return table(
    listed.map(([title]) => title),
    rows.map((row) => listed.map(([, value]): Cell => shownOf(row, value) ?? '')),
    look,
  )
}

function itemTable<Row>(row: Row, { columns, sections }: View<Row>, look: Look): string {
  const lines = columns.flatMap(([title, value, where]): Cell[][] => {
    const cell = where === 'list' ? undefined : shownOf(row, value)
    return cell === undefined ? [] : [[{ text: title, colour: 'cyan' }, cell]]
  })
  const texts = (sections?.(row) ?? []).map((section) => sectionText(section, look))
  return table([], lines, look) + texts.join('')
}

function sectionText(section: Section, { paint, width }: Look): string {
  const value = 'log' in section ? section.log : section.value
  if (value === undefined) return ''
  const body =
    typeof value === 'string' && 'log' in section ? logBody(value, width !== undefined) : jsonDocument(value)
  return `\n${paint(`${section.title}:`, 'cyan')}\n${body}`
}

function logBody(log: string, isTerminal: boolean): string {
  const text = log.endsWith('\n') ? log : `${log}\n`
  return isTerminal ? onTerminal(text) : text
}
