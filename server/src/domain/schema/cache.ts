import type { Json } from '../../json.ts'
import { type CompiledSchema, compileParameterSchema } from './compile.ts'

export type SchemaCache = {
  /** The compiled form of the schema stored under `id` (such as `action:12`) in this version. */
  get(id: string, version: string | number, schema: Json): CompiledSchema
}

/** Keeps the newest version of each schema compiled, at most `limit` of them; the least used goes first. */
export function createSchemaCache(limit = 1000): SchemaCache {
  const kept = new Map<string, { version: string | number; compiled: CompiledSchema }>()
  return {
    get(id, version, schema) {
      const found = kept.get(id)
      const entry = found?.version === version ? found : { version, compiled: compileParameterSchema(schema) }
      // A Map keeps the order of insertion, so the first key is the one used longest ago.
      kept.delete(id)
      kept.set(id, entry)
      const oldest = kept.keys().next()
      if (kept.size > limit && !oldest.done) kept.delete(oldest.value)
      return entry.compiled
    },
  }
}
