import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import type { Json } from '../json.ts'
import { flag, json, maybeText, row, type Row, text, texts } from '../row.ts'

/** A line of a table: its title and what stands in it. */
type Line<T> = readonly [title: string, cell: (shown: Row<T>) => Cell]
type TextOf<T> = Parameters<typeof maybeText<T>>[1]

/** How the fields of a kind are shown. */
export function cellsOf<T>() {
  return {
    /** A text that every answer has. */
    text: (field: TextOf<T>) => (shown: Row<T>) => text(shown, field),
    /** A text that may be missing. */
    maybe: (field: TextOf<T>) => (shown: Row<T>) => maybeText(shown, field) ?? '',
    moment: (field: TextOf<T>) => (shown: Row<T>) => when(text(shown, field)),
    texts: (field: Parameters<typeof texts<T>>[1]) => (shown: Row<T>) => texts(shown, field).join(', '),
    yesNo: (field: Parameters<typeof flag<T>>[1]) => (shown: Row<T>) => (flag(shown, field) ? 'yes' : 'no'),
  }
}

type Looks<T> = {
  columns: readonly Line<T>[]
  details: readonly Line<T>[]
  /** Lines of `details` that are left out where they are empty. */
  optional?: readonly string[]
  /** Documents, left out where there are none. */
  sections: readonly (readonly [title: string, field: Parameters<typeof json<T>>[1]])[]
  isNone?(document: Json): boolean
}

/** A kind of definition as a person sees it. */
export function definitionView<T>(looks: Looks<T>): View<Row<T>> {
  const { columns, details, optional = [], sections, isNone = (document) => document === null } = looks
  return {
    read: (value) => row<T>(value),
    key: (shown) => text(row(shown), 'ref'),
    columns,
    details: (shown) =>
      details
        .map(([title, cell]) => [title, cell(shown)] as const)
        .filter(([title, cell]) => cell !== '' || !optional.includes(title)),
    sections: (shown) =>
      sections
        .map(([title, field]) => ({ title, value: json(shown, field) }))
        .filter(({ value }) => !isNone(value)),
  }
}
