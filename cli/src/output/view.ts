import type { Json } from '../json.ts'
import type { Cell } from './table.ts'

/** A long value of one thing, printed under its table. */
export type Section = { title: string; value: Json } | { title: string; log: string }

/** How one kind of thing looks to a person. JSON and YAML print what the server sent instead. */
export type View<T> = {
  /** Reads one row; throws a `Failure` that names the field where the answer is not as expected. */
  read(row: unknown): T
  /** What `--quiet` prints: the reference or id that other commands take. */
  key(row: T): string
  columns: readonly (readonly [title: string, cell: (row: T) => Cell])[]
  details(row: T): readonly (readonly [title: string, cell: Cell])[]
  sections?(row: T): readonly Section[]
}
