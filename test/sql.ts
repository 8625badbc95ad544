import { read, filesBelow, type SourceFile, lineOf } from './source.ts'

/** A statement that writes: where it stands, what it does to which table, and its text up to the end of its template. */
export type Write = {
  path: string
  line: number
  verb: 'insert' | 'update' | 'delete'
  table: string
  /** From the verb to the end of the template. */
  text: string
  /** The whole template. */
  statement: string
  /** The function that it stands in. */
  within: string
}

const table = String.raw`(?:attune\.)?("?[a-z_]+"?|\$\{[^}]*\})`
const writes = new RegExp(
  String.raw`\b(insert) into ${table}|\b(delete) from (?:only )?${table}|(?<!\bfor (?:no key )?|\bdo |\bbefore |\bafter )\b(update) (?:only )?${table}(?:\s+(?:as\s+)?[a-z_]+)?\s+set\b`,
  'gi',
)

/** Every writing statement in the texts of a file. */
export function writesOf({ path, code, text, syntax }: SourceFile): Write[] {
  const outermost = syntax.texts.filter(
    ({ start, end }) => !syntax.texts.some((other) => other.start < start && end < other.end),
  )
  return outermost.flatMap((whole) =>
    [...code.slice(whole.start, whole.end).matchAll(writes)].map((found) => {
      const at = whole.start + found.index
      const own = syntax.texts.findLast(({ start, end }) => start <= at && at < end) ?? whole
      const verb = (found[1] ?? found[3] ?? found[5] ?? '').toLowerCase()
      return {
        path,
        line: lineOf(text, at),
        verb: verb === 'insert' ? 'insert' : verb === 'delete' ? 'delete' : 'update',
        table: (found[2] ?? found[4] ?? found[6] ?? '').replaceAll('"', ''),
        text: code.slice(at, own.end),
        statement: code.slice(own.start, own.end),
        within: own.within,
      }
    }),
  )
}

/** Every table that the migrations create, partitions left out. */
export function tablesOfMigrations(): string[] {
  return filesBelow('server/migrations')
    .filter((path) => path.endsWith('.sql'))
    .flatMap((path) => [...read(path).matchAll(/^create table (?:if not exists )?(\w+)(?! partition of)/gm)])
    .filter((found) => !found.input.slice(found.index + found[0].length).startsWith(' partition of'))
    .map((found) => found[1] ?? '')
}
