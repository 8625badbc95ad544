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

/** Every writing statement in the SQL of a file. */
export function writesOf({ path, code, text }: Pick<SourceFile, 'path' | 'code' | 'text'>): Write[] {
  return [...code.matchAll(writes)].map((found) => {
    const verb = (found[1] ?? found[3] ?? found[5] ?? '').toLowerCase()
    const [start, end] = [code.lastIndexOf('`', found.index) + 1, code.indexOf('`', found.index)]
    const upTo = end < 0 ? code.length : end
    const [, within = ''] = [...code.slice(0, start).matchAll(/\bfunction (\w+)/g)].at(-1) ?? []
    return {
      path,
      line: lineOf(text, found.index),
      verb: verb === 'insert' ? 'insert' : verb === 'delete' ? 'delete' : 'update',
      table: (found[2] ?? found[4] ?? found[6] ?? '').replaceAll('"', ''),
      text: code.slice(found.index, upTo),
      statement: code.slice(start, upTo),
      within,
    }
  })
}

/** Every table that the migrations create, partitions left out. */
export function tablesOfMigrations(): string[] {
  return filesBelow('server/migrations')
    .filter((path) => path.endsWith('.sql'))
    .flatMap((path) => [...read(path).matchAll(/^create table (?:if not exists )?(\w+)(?! partition of)/gm)])
    .filter((found) => !found.input.slice(found.index + found[0].length).startsWith(' partition of'))
    .map((found) => found[1] ?? '')
}
