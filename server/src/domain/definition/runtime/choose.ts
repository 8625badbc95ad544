import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import { missing } from '../form/check.ts'
import { readableBy } from '../form/definition.ts'
import { runtime } from './runtime.ts'

type ChosenRuntime = { id: Id<'runtime'>; ref: string }

/** How a body names a runtime; the id wins. */
export type NamedRuntime = { runtime?: number | null; runtime_ref?: string | null }

/** The runtime that a body names; undefined when it names none. One that the caller may not read is not there. */
export async function chosenRuntime(
  db: Queryable,
  caller: Caller,
  { runtime: id, runtime_ref: ref }: NamedRuntime,
): Promise<ChosenRuntime | undefined> {
  if (id == null && ref == null) return undefined
  const readable = readableBy(runtime, caller)
  const named = id == null ? sql`d.ref = ${ref}` : sql`d.id = ${id}`
  const found = await db.maybe<ChosenRuntime>(
    sql`select d.id, d.ref from runtime d where ${named} and ${readable}`,
  )
  if (found !== undefined) return found
  if (id == null) throw missing('runtime', 'runtime_ref', String(ref))
  const message = `there is no runtime ${id}`
  throw new Problem('UNPROCESSABLE_ENTITY', `runtime: ${message}.`, [{ field: 'runtime', message }])
}
