import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { type FieldProblem, Problem } from '../../problem.ts'
import { coerce, coerceTyped, memberOf } from './coerce.ts'
import { explain } from './explain.ts'
import { isDeeperThan } from '../../text/json-depth.ts'
import { isSecretPlace, pathsOf, type SecretValue, secretsIn, secretTree } from './secret-paths.ts'
import { holdsUnknown, soften, type Unknown } from './soften.ts'
import { checkStructure, memberPath, rootDefinition } from './structure.ts'
import { translate } from './translate.ts'
import { compileValidator, type Validator } from './validator.ts'

/** A parameter schema ready for use. Stateless: share it, and keep it as long as the schema is stored. */
export type CompiledSchema = {
  /**
   * Lists what is wrong with `values`; each problem carries a dotted path below `field`. Names that the schema
   * does not mention are allowed. What has a default need not be given, and null counts as not given for what
   * is optional. A value for which `isUnknown` holds satisfies the schema at its place.
   */
  validate: (values: Json, field: string, isUnknown?: Unknown) => FieldProblem[]
  /** Fills top-level names that are missing or null from their defaults; nothing given is changed. */
  applyDefaults: (values: JsonObject) => JsonObject
  /** Converts scalars that are of another kind than their definition asks for, where nothing is lost. */
  coerce: (values: JsonObject) => JsonObject
  /** Reads values that somebody typed, by their names. `field` is the object's name. */
  readTyped: (texts: Readonly<Record<string, string>>, field: string) => JsonObject
  /** Places declared `secret: true`, as JSON pointers with `*` for any index or name. */
  secretPaths: readonly string[]
  isSecretPath: (pointer: string) => boolean
  /** The secret values that are present, outermost only. */
  collectSecrets: (values: Json) => SecretValue[]
}

/** Deeper values are refused before anything walks them. */
const maxLevels = 500

/** What a null schema stands for: anything goes, nothing is secret. */
const anything: CompiledSchema = {
  validate: () => [],
  applyDefaults: (values) => values,
  coerce: (values) => values,
  readTyped: typedBy({}),
  secretPaths: [],
  isSecretPath: () => false,
  collectSecrets: () => [],
}

/** Compiles a stored schema, flat or JSON Schema. Throws a `Problem` for one that `checkParameterSchema` refuses. */
export function compileParameterSchema(schema: Json): CompiledSchema {
  if (schema === null) return anything
  const root = isJsonObject(schema) ? rootDefinition(schema) : undefined
  const problems = isJsonObject(schema)
    ? checkStructure(schema, '')
    : [{ field: '', message: 'must be an object' }]
  if (root === undefined || problems.length > 0)
    throw new Problem('UNPROCESSABLE_ENTITY', 'The parameter schema is not valid; correct it.', problems)
  const defaults = defaultsOf(root)
  const secrets = secretTree(root)
  return {
    validate: validation(withoutRequired(translate(root), new Set(defaults.keys()))),
    applyDefaults: (values) => fill(values, defaults),
    coerce: (values) => coerceObject(values, root),
    readTyped: typedBy(root),
    secretPaths: pathsOf(secrets),
    isSecretPath: (pointer) => isSecretPlace(secrets, pointer),
    collectSecrets: (values) => secretsIn(secrets, values),
  }
}

function coerceObject(values: JsonObject, root: JsonObject): JsonObject {
  const coerced = coerce(values, root)
  return isJsonObject(coerced) ? coerced : values
}

function typedBy(root: JsonObject): CompiledSchema['readTyped'] {
  return (texts, field) =>
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [
        name,
        coerceTyped(text, memberOf(root, name), memberPath(field, name)),
      ]),
    )
}

const TOO_COSTLY =
  'has so much text that testing it against the patterns of the schema takes too long; send less, or use simpler patterns'

/** Compiles on first use: many schemas are read for their defaults or secrets only. */
function validation(schema: JsonObject): CompiledSchema['validate'] {
  const exact = once(() => compileValidator(schema))
  const softened = once(() => compileValidator(soften(schema)))
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
  return (values, field, isUnknown = () => false) => {
    if (isDeeperThan(values, maxLevels))
      return [{ field, message: `is nested too deeply; at most ${maxLevels} levels are allowed` }]
    const given = isJsonObject(values) ? withoutNulls(values, required) : values
    const validator = holdsUnknown(given, isUnknown) ? softened() : exact()
    const errors = validator(given, isUnknown)
    return errors === 'too costly' ? [{ field, message: TOO_COSTLY }] : explain(errors, given, field)
  }
}

function once(make: () => Validator): () => Validator {
  let made: Validator | undefined
  return () => (made ??= make())
}

/** An expression that finds nothing renders to null, which must not fail an optional parameter. */
function withoutNulls(values: JsonObject, required: ReadonlySet<Json>): JsonObject {
  const entries = Object.entries(values)
  const kept = entries.filter(([name, value]) => value !== null || required.has(name))
  return kept.length === entries.length ? values : Object.fromEntries(kept)
}

function withoutRequired(schema: JsonObject, satisfied: ReadonlySet<Json>): JsonObject {
  const { required, ...rest } = schema
  const left = Array.isArray(required) ? required.filter((name) => !satisfied.has(name)) : []
  return left.length > 0 ? { ...rest, required: left } : rest
}

/** The defaults of the top level, by name. A default of null is none. */
export function defaultsOf(root: JsonObject): Map<string, Json> {
  const properties = isJsonObject(root['properties']) ? Object.entries(root['properties']) : []
  return new Map(
    properties.flatMap(([name, definition]): [string, Json][] => {
      const value = isJsonObject(definition) ? definition['default'] : undefined
      return value === undefined || value === null ? [] : [[name, value]]
    }),
  )
}

function fill(values: JsonObject, defaults: ReadonlyMap<string, Json>): JsonObject {
  const missing = [...defaults].filter(([name]) => !Object.hasOwn(values, name) || values[name] === null)
  if (missing.length === 0) return values
  // A copy, so that whoever changes the result does not change the schema's default.
  return { ...values, ...Object.fromEntries(missing.map(([name, value]) => [name, structuredClone(value)])) }
}
