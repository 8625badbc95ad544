import type { TObject } from 'typebox'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { PackFile } from './pack-file.ts'
import { parameterDefinition } from './parameter-definition.ts'
import { ActionFile, SensorFile } from './program-files.ts'
import { PermissionSetFile, RuleFile, TriggerFile } from './rule-files.ts'
import { RuntimeFile } from './runtime-file.ts'

/** The files that packs are made of, by the name under which the schema of each is published. */
export const fileKinds = {
  pack: { schema: PackFile, files: 'pack.yaml' },
  action: { schema: ActionFile, files: 'actions/*.yaml' },
  trigger: { schema: TriggerFile, files: 'triggers/*.yaml' },
  sensor: { schema: SensorFile, files: 'sensors/*.yaml' },
  rule: { schema: RuleFile, files: 'rules/*.yaml' },
  runtime: { schema: RuntimeFile, files: 'runtimes/*.yaml' },
  'permission-set': { schema: PermissionSetFile, files: 'permission_sets/*.yaml' },
} as const satisfies Record<string, { schema: TObject; files: string }>

export type FileKind = keyof typeof fileKinds

/**
 * The JSON Schema of a kind of file, for editors. It is the one that the reader checks with, closed: the reader warns of
 * a key that it does not know, because a newer version may have written the file; whoever is writing it wants to see it.
 */
export function publishedSchema(kind: FileKind): JsonObject {
  const { schema, files } = fileKinds[kind]
  const plain: Json = JSON.parse(JSON.stringify(schema))
  const body = closed(plain)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    description: `A file ${files} of an Attune pack.`,
    ...(isJsonObject(body) ? body : {}),
    $defs: { parameter: parameterDefinition },
  }
}

function closed(node: Json): Json {
  if (Array.isArray(node)) return node.map(closed)
  if (!isJsonObject(node)) return node
  if (node['x-parameters'] === true) return parameters(node)
  const { 'x-pattern': pattern, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, closed(value)]),
  )
  return {
    ...rest,
    ...(pattern === undefined ? {} : { pattern }),
    ...(isOpenForm(rest) ? { additionalProperties: false } : {}),
  }
}

/** An object whose keys are listed and which says nothing about others. */
function isOpenForm({ type, properties, additionalProperties }: JsonObject): boolean {
  return (
    type === 'object' &&
    isJsonObject(properties) &&
    Object.keys(properties).length > 0 &&
    additionalProperties === undefined
  )
}

/** Definitions by name, unless the whole is a JSON Schema of its own. */
function parameters({ description }: JsonObject): JsonObject {
  return {
    type: 'object',
    description: description ?? '',
    if: { properties: { type: { const: 'object' } }, required: ['type'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { $ref: '#/$defs/parameter' },
    else: { additionalProperties: { $ref: '#/$defs/parameter' } },
  }
}
