import { LRUCache } from 'lru-cache'
import type { Json } from '../../json.ts'
import { type CompiledSchema, compileParameterSchema } from './compile.ts'

export type SchemaCache = {
  /** The compiled form of the schema stored under `id` (such as `action:12`) in this version. */
  get(id: string, version: string | number, schema: Json): CompiledSchema
}

/** Keeps the newest version of each schema compiled, at most `limit` of them; the least used goes first. */
export function createSchemaCache(limit = 1000): SchemaCache {
  const kept = new LRUCache<string, { version: string | number; compiled: CompiledSchema }>({ max: limit })
  return {
    get(id, version, schema) {
      const found = kept.get(id)
      if (found?.version === version) return found.compiled
      const compiled = compileParameterSchema(schema)
      kept.set(id, { version, compiled })
      return compiled
    },
  }
}
