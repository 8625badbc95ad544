import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { nearest } from '../../../text/nearest.ts'
import { rootDefinition } from '../../schema/structure.ts'

/** What is known of a value: its members by name, and what its elements have in common. `any`: it may be anything. */
export type PayloadShape =
  | { readonly kind: 'any' }
  | {
      readonly kind: 'known'
      readonly members: ReadonlyMap<string, PayloadShape>
      readonly element: PayloadShape
    }

const anything: PayloadShape = { kind: 'any' }
const MAX_DEPTH = 20

/** What the schema of a trigger says of its payloads. */
export function shapeOfSchema(out_schema: Json): PayloadShape {
  return isJsonObject(out_schema) ? shapeOfDefinition(rootDefinition(out_schema), 0) : anything
}

const open = ['$ref', 'oneOf', 'anyOf', 'allOf', 'if', 'patternProperties', 'additionalProperties']

function shapeOfDefinition(definition: Json | undefined, depth: number): PayloadShape {
  if (!isJsonObject(definition) || depth > MAX_DEPTH || isOpen(definition)) return anything
  const { properties, items } = definition
  if (!isJsonObject(properties) && !isJsonObject(items)) return anything
  const members = Object.entries(isJsonObject(properties) ? properties : {}).map(
    ([name, member]) => [name, shapeOfDefinition(member, depth + 1)] as const,
  )
  return { kind: 'known', members: new Map(members), element: shapeOfDefinition(items, depth + 1) }
}

function isOpen(definition: JsonObject): boolean {
  return open.some((keyword) => Object.hasOwn(definition, keyword) && definition[keyword] !== false)
}

/** What payloads that came have among them. */
export function shapeOfSamples(samples: readonly Json[], depth = 0): PayloadShape {
  const containers = samples.filter((each) => typeof each === 'object' && each !== null)
  if (containers.length === 0 || depth > MAX_DEPTH) return anything
  const objects = containers.filter(isJsonObject)
  const names = new Set(objects.flatMap((each) => Object.keys(each).slice(0, 1000)))
  const members = [...names].map((name) => {
    const values = objects.flatMap((each) => (Object.hasOwn(each, name) ? [each[name] ?? null] : []))
    return [name, shapeOfSamples(values, depth + 1)] as const
  })
  const elements = containers.flatMap((each) => (Array.isArray(each) ? each.slice(0, 100) : []))
  return { kind: 'known', members: new Map(members), element: shapeOfSamples(elements, depth + 1) }
}

/** The first name of a path that is not there, and the one that it most likely means. */
export function strayName(
  shape: PayloadShape,
  path: readonly (string | number)[],
): { place: number; near: string | undefined } | undefined {
  let current = shape
  for (const [place, key] of path.entries()) {
    if (current.kind === 'any') return undefined
    const isPlace = typeof key === 'number' || /^\d+$/.test(key)
    const next = current.members.get(String(key)) ?? (isPlace ? current.element : undefined)
    if (next === undefined) {
      return current.members.size === 0
        ? undefined
        : { place, near: nearest(String(key), current.members.keys()) }
    }
    current = next
  }
  return undefined
}
