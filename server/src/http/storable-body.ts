import { oversize } from '../text/document-size.ts'
import { isDeeperThan } from '../text/json-depth.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import { storable, storableObject, unstorableText } from './text.ts'

/** Deeper values are refused before anything walks them; PostgreSQL has a limit of its own. */
export const MAX_LEVELS = 500

/**
 * The body as it may be stored: a JSON object, not nested beyond reason. Text that cannot be stored is replaced in
 * `documents` and refused everywhere else.
 */
export function storableBody(
  documents: readonly string[],
  body: unknown,
  limit_bytes = Number.POSITIVE_INFINITY,
): JsonObject {
  if (!isJsonObject(body)) {
    const message = 'must be a JSON object'
    throw new Problem('BAD_REQUEST', `body: ${message}`, [{ field: 'body', message }])
  }
  for (const [field, value] of Object.entries(body)) {
    if (isDeeperThan(value, MAX_LEVELS))
      throw invalid(field, `is nested too deeply; at most ${MAX_LEVELS} levels are allowed`)
  }
  if (documents.includes('*')) return storableObject(body)
  if (limit_bytes < Number.POSITIVE_INFINITY) requireSizes(documents, body, limit_bytes)
  return mapMembers(body, (value, name) => storableField(value, { path: name, pattern: name }, documents))
}

/**
 * Every field of a body may be stored as it is, so none is larger than a stored document may be. What is a list of
 * things (`events.*.payload`) is held against it item by item.
 */
function requireSizes(documents: readonly string[], body: JsonObject, limit_bytes: number): void {
  for (const [field, value] of Object.entries(body)) {
    const isList = Array.isArray(value) && documents.some((document) => document.startsWith(`${field}.*.`))
    const parts: [string, Json][] = isList
      ? value.map((item, i) => [`${field}.${i}`, item])
      : [[field, value]]
    for (const [name, part] of parts) {
      const message = oversize(part, limit_bytes)
      if (message === undefined) continue
      if (isList && isJsonObject(part)) requireSizesOf(name, part, limit_bytes)
      else throw tooLarge(name, message)
    }
  }
}

function requireSizesOf(name: string, item: JsonObject, limit_bytes: number): void {
  for (const [field, value] of Object.entries(item)) {
    const message = oversize(value, limit_bytes)
    if (message !== undefined) throw tooLarge(`${name}.${field}`, message)
  }
}

function tooLarge(field: string, message: string): Problem {
  return new Problem('PAYLOAD_TOO_LARGE', `${field}: ${message}.`, [{ field, message }])
}

type Place = { path: string; pattern: string }

/** `pattern` is the path with `*` for each index: what `documents` names. */
function storableField(value: Json, { path, pattern }: Place, documents: readonly string[]): Json {
  if (documents.includes(pattern)) return storable(value)
  const below = (child: Json, name: string, mark: string) =>
    storableField(child, { path: `${path}.${name}`, pattern: `${pattern}.${mark}` }, documents)
  if (documents.some((document) => document.startsWith(`${pattern}.`))) {
    if (Array.isArray(value)) return value.map((child, index) => below(child, String(index), '*'))
    if (isJsonObject(value)) return mapMembers(value, (child, name) => below(child, name, name))
  }
  const [problem] = unstorableText(value, path)
  if (problem !== undefined) throw invalid(problem.field, problem.message)
  return value
}

function mapMembers(object: JsonObject, change: (value: Json, name: string) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]))
}

function invalid(field: string, message: string): Problem {
  return new Problem('VALIDATION_ERROR', `${field}: ${message}`, [{ field, message }])
}
