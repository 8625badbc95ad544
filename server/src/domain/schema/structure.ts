import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { FieldProblem } from '../../problem.ts'
import { isDeeperThan } from '../../text/json-depth.ts'
import { assertions, type Child, childrenOf, dialect, shapes, unsupported } from './keyword.ts'
import { checkPattern, countAtoms } from './pattern.ts'

const limits = {
  bytes: 65_536,
  /** Of the schema as a JSON value: enums, constants and defaults included. */
  json_levels: 64,
  /** Definitions inside definitions. */
  levels: 12,
  definitions: 500,
  properties: 300,
  patterns: 30,
  /** Of all patterns together: what compiling them may cost. */
  pattern_atoms: 10_000,
  name_length: 255,
} as const

/** A definition with the path that says where it stands. */
type Placed = {
  definition: Json
  path: string
  level: number
  keyword: string
  key: Child['key']
  /** JSON Schema allows `true` and `false`; a parameter of the flat form that is no object is a mistake. */
  flat: boolean
}

const example = 'such as {"type": "string"}'

/** Tells JSON Schema from the flat form: a parameter cannot be the bare string "object". */
export function isJsonSchemaForm(schema: JsonObject): boolean {
  return schema['type'] === 'object'
}

/** The definition of the whole: the flat form is the `properties` of an object. */
export function rootDefinition(schema: JsonObject): JsonObject {
  return isJsonSchemaForm(schema) ? schema : { type: 'object', properties: schema }
}

/** Everything that keeps a schema from being compiled, with the place of each. */
export function checkStructure(schema: JsonObject, field: string): FieldProblem[] {
  const size = checkSize(schema)
  if (size !== undefined) return [{ field, message: size }]
  const all = [...placedIn(schema, field)]
  const amount = checkAmount(all)
  if (amount !== undefined) return [{ field, message: amount }]
  return all.flatMap((one) => [...checkName(one), ...checkDefinition(one)])
}

function checkSize(schema: JsonObject): string | undefined {
  if (isDeeperThan(schema, limits.json_levels))
    return `is nested too deeply; at most ${limits.json_levels} levels are allowed`
  if (Buffer.byteLength(JSON.stringify(schema)) > limits.bytes)
    return `is too large; at most ${limits.bytes} bytes are allowed`
  return undefined
}

function checkAmount(all: readonly Placed[]): string | undefined {
  const amounts: [string, number, number][] = [
    ['definitions', all.length, limits.definitions],
    ['properties', all.filter((one) => one.keyword === 'properties').length, limits.properties],
    ['patterns', all.filter(hasPattern).length, limits.patterns],
    ['characters in patterns, repetitions counted', atomsOf(all), limits.pattern_atoms],
  ]
  const exceeded = amounts.find(([, amount, limit]) => amount > limit)
  return exceeded && `has ${exceeded[1]} ${exceeded[0]}; at most ${exceeded[2]} are allowed`
}

function hasPattern({ definition, keyword }: Placed): boolean {
  return keyword === 'patternProperties' || (isJsonObject(definition) && 'pattern' in definition)
}

function atomsOf(all: readonly Placed[]): number {
  const sources = all.flatMap(({ definition, keyword, key }) => [
    ...(keyword === 'patternProperties' && typeof key === 'string' ? [key] : []),
    ...(isJsonObject(definition) && typeof definition['pattern'] === 'string' ? [definition['pattern']] : []),
  ])
  return sources.reduce((sum, source) => sum + countAtoms(source), 0)
}

function* placedIn(schema: JsonObject, field: string): Generator<Placed> {
  if (isJsonSchemaForm(schema)) {
    yield* withInner({ definition: schema, path: field, level: 0, keyword: '', key: undefined, flat: false })
    return
  }
  for (const [key, definition] of Object.entries(schema)) {
    const path = memberPath(field, key)
    yield* withInner({ definition, path, level: 1, keyword: 'properties', key, flat: true })
  }
}

function* withInner(outer: Placed): Generator<Placed> {
  yield outer
  if (!isJsonObject(outer.definition) || outer.level > limits.levels) return
  for (const { keyword, key, definition } of childrenOf(outer.definition)) {
    const at = memberPath(outer.path, keyword)
    const path = key === undefined ? at : memberPath(at, key)
    yield* withInner({ definition, path, level: outer.level + 1, keyword, key, flat: false })
  }
}

/** Appends a name or an index to a dotted path; a name that would be ambiguous is quoted. */
export function memberPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`
  const step = /^[^.[\]"\s]+$/.test(key) ? key : `[${JSON.stringify(key)}]`
  return path === '' || step.startsWith('[') ? `${path}${step}` : `${path}.${step}`
}

function checkName({ keyword, key, path }: Placed): FieldProblem[] {
  if (typeof key !== 'string') return []
  const message = keyword === 'patternProperties' ? checkPattern(key) : checkPropertyName(key)
  return message === undefined ? [] : [{ field: path, message }]
}

function checkPropertyName(name: string): string | undefined {
  if (name === '') return 'needs a name that is not empty'
  if (name === '__proto__') return 'must have another name; this one is reserved'
  if (name.length > limits.name_length)
    return `has too long a name; at most ${limits.name_length} characters are allowed`
  return undefined
}

function checkDefinition({ definition, path, level, flat }: Placed): FieldProblem[] {
  if (level > limits.levels)
    return [{ field: path, message: `is nested too deeply; at most ${limits.levels} levels are allowed` }]
  if (typeof definition === 'boolean' && !flat) return []
  if (!isJsonObject(definition)) return [{ field: path, message: `must be a definition ${example}` }]
  return Object.entries(definition).flatMap(([name, value]) => {
    const message = checkKeyword(name, value)
    return message === undefined ? [] : [{ field: memberPath(path, name), message }]
  })
}

function checkKeyword(name: string, value: Json): string | undefined {
  const shape = shapes.get(name)
  if (shape === 'map') return isJsonObject(value) ? undefined : 'must be an object of definitions'
  if (shape === 'list')
    return Array.isArray(value) && value.length > 0
      ? undefined
      : 'must be a list with at least one definition'
  const check = assertions.get(name) ?? dialect.get(name)
  return check === undefined ? unsupported.get(name) : check(value)
}
