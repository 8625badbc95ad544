import { notTheApi } from '@attune/client/dist/unreachable.js'
import type { Cell } from './table.ts'
import { when } from './time.ts'

/** What a cell shows. Null is an empty one; what is undefined has no line in the details. */
export type Shown = Cell | number | null | undefined

/** A field that is always there, by its name, or what is made of the thing. */
export type Value<Row> = AlwaysThere<Row> | ((row: Row) => Shown)

type AlwaysThere<Row> = {
  [Field in keyof Row]-?: Row[Field] extends string | number ? Field : never
}[keyof Row] &
  string

/** A column of the list and a line of the details, or only one of them. */
export type Column<Row> = readonly [title: string, value: Value<Row>, where?: 'list' | 'details']

/** A long value of one thing, printed under its table. What is undefined is left out. */
export type Section = { title: string; value: unknown } | { title: string; log: string | undefined }

/** How one kind of thing looks to a person. JSON and YAML print what the server sent instead. */
export type View<Row> = {
  /** What `--quiet` prints: the reference or id that other commands take. */
  key: Value<Row>
  columns: readonly Column<Row>[]
  sections?(row: Row): readonly Section[]
}

/** A row of a list, or the thing itself, which says more. */
export type SummaryOrDetail<Summary, Detail> = Pick<Detail, keyof Summary & keyof Detail> &
  Partial<Summary> &
  Partial<Detail>

/** When a thing was made and changed last. */
export const lifetime: readonly Column<{ created: string; updated: string }>[] = [
  ['Created', ({ created }) => when(created), 'details'],
  ['Updated', ({ updated }) => when(updated), 'details'],
]

export function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}

/** A value of which there is something to see. */
export function unlessEmpty(value: unknown): unknown {
  const empty = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  return empty ? undefined : value
}

/** What a cell shows of a row. A field that the server leaves out is a failure, never an `undefined` in a table. */
export function shownOf<Row>(row: Row, value: Value<Row>): Cell | undefined {
  const shown = typeof value === 'function' ? value(row) : fieldOf(row, value)
  if (shown === undefined) return undefined
  return shown === null ? '' : typeof shown === 'number' ? String(shown) : shown
}

function fieldOf<Row>(row: Row, field: keyof Row & string): Shown {
  const value = row[field]
  if (typeof value === 'string' || typeof value === 'number') return value
  throw notTheApi(`The server's answer cannot be read: '${field}' is not there`)
}
