import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Json } from '../../../json.ts'

/** A runtime as a worker looks for it on its machine. */
type DetectableRuntime = {
  name: string
  aliases: string[]
  distributions: Json
  execution_config: Json
}

export function detectable(db: Queryable): Promise<DetectableRuntime[]> {
  return db.many(sql`select name, aliases, distributions, execution_config from runtime order by ref`)
}
