import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { assertedFormats, assertions, mapChildren, shapes } from './keyword.ts'

/**
 * Turns a definition of the dialect into JSON Schema 2020-12, at every level: `required: true` of a property
 * becomes a name in the list of the object around it, `secret`, `position` and annotations are dropped.
 */
export function translate(definition: JsonObject): JsonObject {
  const asserting = Object.entries(definition).filter(([keyword, value]) => isAsserted(keyword, value))
  const required = requiredNames(definition)
  return {
    ...mapChildren(Object.fromEntries(asserting), translateInner),
    ...(required.length > 0 ? { required } : {}),
  }
}

function translateInner(definition: Json): Json {
  return isJsonObject(definition) ? translate(definition) : definition
}

function isAsserted(keyword: string, value: Json): boolean {
  if (keyword === 'required') return false
  if (keyword === 'format') return typeof value === 'string' && assertedFormats.has(value)
  return assertions.has(keyword) || shapes.has(keyword)
}

function requiredNames({ required, properties }: JsonObject): string[] {
  const listed = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
  const flagged = isJsonObject(properties)
    ? Object.keys(properties).filter((name) => isFlagged(properties[name]))
    : []
  return [...new Set([...listed, ...flagged])]
}

function isFlagged(definition: Json | undefined): boolean {
  return isJsonObject(definition) && definition['required'] === true
}
