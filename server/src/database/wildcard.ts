import { type Sql, sql } from './sql.ts'

/** A text column compared with what a caller typed: `*` stands for any run of characters, everything else for itself. */
export function matches(column: Sql, pattern: string): Sql {
  return pattern.includes('*') ? sql`${column} like ${likeOf(pattern)}` : sql`${column} = ${pattern}`
}

function likeOf(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll(/\*+/g, '%')
}

/** Whether the text stands anywhere in the column, in whatever case. */
export function contains(column: Sql, text: string): Sql {
  return sql`position(lower(${text}) in lower(${column})) > 0`
}
