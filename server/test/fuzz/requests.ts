import fc from 'fast-check'
import { isJsonObject, type Json, type JsonObject } from '../../src/json.ts'
import type { World } from '../world.ts'
import { fromSchema } from './from-schema.ts'

/** An operation as the served document describes it. */
export type Operation = { method: string; path: string; description: JsonObject }
/** A request as it goes out. */
export type FuzzRequest = { method: string; path: string; body: Json | undefined }

/** The operations of a document, with what it refers to in its place. */
export function operationsOf(document: JsonObject): Operation[] {
  const resolved = withoutReferences(document['paths'] ?? {}, document)
  const paths = isJsonObject(resolved) ? resolved : {}
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(isJsonObject(methods) ? methods : {}).flatMap(([method, description]) =>
      isJsonObject(description) ? [{ method: method.toUpperCase(), path, description }] : [],
    ),
  )
}

function withoutReferences(node: Json, document: JsonObject): Json {
  if (Array.isArray(node)) return node.map((one) => withoutReferences(one, document))
  if (!isJsonObject(node)) return node
  const { $ref } = node
  if (typeof $ref === 'string') return withoutReferences(at(document, $ref), document)
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, withoutReferences(value, document)]),
  )
}

/** What `#/components/schemas/Error` stands for. */
function at(document: JsonObject, reference: string): Json {
  return reference
    .slice(2)
    .split('/')
    .reduce<Json>((node, name) => (isJsonObject(node) ? (node[name] ?? null) : null), document)
}

/** Requests of an operation, to things of the world and to things that are not there. */
export function requestsOf(
  { method, path, description }: Operation,
  world: World,
): fc.Arbitrary<FuzzRequest> {
  const parameters = Array.isArray(description['parameters'])
    ? description['parameters'].filter(isJsonObject)
    : []
  const inPath = parametersIn(parameters, 'path')
  const inQuery = parametersIn(parameters, 'query')
  const body = bodyOf(description)
  return fc.record({
    method: fc.constant(method),
    path: fc
      .tuple(fc.record(valuesOf(inPath, path, world)), fc.record(queryOf(inQuery), { requiredKeys: [] }))
      .map(([values, query]) => `${filled(path, values)}${queryText(query)}`),
    body: body === undefined ? fc.constant(undefined) : fromSchema(body),
  })
}

type Parameter = { name: string; schema: Json }

function parametersIn(parameters: readonly JsonObject[], place: 'path' | 'query'): Parameter[] {
  return parameters.flatMap(({ name, in: where, schema = {} }) =>
    where === place && typeof name === 'string' ? [{ name, schema }] : [],
  )
}

function bodyOf(description: JsonObject): Json | undefined {
  const request = description['requestBody']
  const content = isJsonObject(request) ? request['content'] : undefined
  const json = isJsonObject(content) ? content['application/json'] : undefined
  return isJsonObject(json) ? json['schema'] : undefined
}

function valuesOf(
  parameters: readonly Parameter[],
  path: string,
  { named }: World,
): Record<string, fc.Arbitrary<Json>> {
  return Object.fromEntries(
    parameters.map(({ name, schema }) => {
      const before = path.split('/').at(path.split('/').indexOf(`{${name}}`) - 1) ?? ''
      const known = named[name] ?? named[before]
      const made = fromSchema(schema)
      return [name, known === undefined ? made : fc.oneof({ weight: 4, arbitrary: fc.constant(known) }, made)]
    }),
  )
}

function queryOf(parameters: readonly Parameter[]): Record<string, fc.Arbitrary<Json>> {
  return Object.fromEntries(parameters.map(({ name, schema }) => [name, fromSchema(schema)]))
}

function filled(path: string, values: JsonObject): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(values[name] ?? ''))
}

function queryText(query: Partial<JsonObject>): string {
  const parts = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encoded(value ?? null)}`,
  )
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

/** Half a character has no encoding. */
function encoded(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent(Buffer.from(text).toString()).slice(0, 3000)
}
