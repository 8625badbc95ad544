import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import type { TSchema } from 'typebox'
import { parse } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { type FieldProblem, Problem } from '../problem.ts'
import { nearest } from '../text/nearest.ts'
import { faultsOf } from './faults.ts'
import { Settings } from './settings.ts'

type LoadedSettings = {
  settings: Settings
  warnings: string[]
  /** What was read: secrets may be in each. */
  files: string[]
}

/**
 * Reads the configuration: a YAML file (`file`, else ATTUNE_CONFIG, else config.yaml here), the overlay
 * config.<environment>.yaml beside it, variables ATTUNE__SECTION__KEY, then `overrides`. A later one wins; an
 * empty variable counts as unset. Throws a Problem that lists every bad value; unknown keys are warnings.
 */
export async function loadSettings(
  env: Readonly<Record<string, string | undefined>>,
  options: { file?: string | undefined; overrides?: JsonObject } = {},
): Promise<LoadedSettings> {
  const warnings: string[] = []
  const base = await readBase(options.file ?? env.ATTUNE_CONFIG)
  const variables = fromEnvironment(env, warnings)
  const environment =
    [variables.environment, base.content.environment].find((name) => typeof name === 'string') ??
    'development'
  const overlayFile = join(base.folder, `config.${environment}.yaml`)
  const overlay = await readYaml(overlayFile)
  const merged = [base.content, overlay, variables, options.overrides ?? {}].reduce(merge)
  const known = dropUnknown(merged, Settings, '', warnings)
  const settings = validated(await readSecretFiles(known, Settings))
  const files = [base.file, overlayFile, ...secretFilesIn(known, Settings)].filter((file) => existsSync(file))
  return { settings, warnings, files }
}

async function readBase(
  path: string | undefined,
): Promise<{ content: JsonObject; file: string; folder: string }> {
  const file = resolve(path ?? 'config.yaml')
  if (path !== undefined && !existsSync(file)) {
    throw new Problem(
      'BAD_REQUEST',
      `The configuration file ${file} does not exist; create it or correct the path.`,
    )
  }
  return { content: await readYaml(file), file, folder: dirname(file) }
}

async function readYaml(file: string): Promise<JsonObject> {
  if (!existsSync(file)) return {}
  const content: unknown = parse(await readFile(file, 'utf8')) ?? {}
  if (!isJsonObject(content)) throw new Problem('BAD_REQUEST', `${file} must hold a mapping of settings.`)
  return content
}

/** ATTUNE__DATABASE__URL=x becomes { database: { url: x } }, read as the type that the key has. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>, warnings: string[]): JsonObject {
  let all: JsonObject = {}
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('ATTUNE__') || text === undefined || text === '') continue
    const path = name.slice('ATTUNE__'.length).toLowerCase().split('__')
    const schema = path.reduce<TSchema | undefined>((at, key) => memberOf(at, key), Settings)
    if (schema === undefined && !path.at(-1)?.endsWith('_file'))
      warnings.push(`The variable ${name} is no setting.`)
    all = merge(
      all,
      path.reduceRight<Json>((value, key) => ({ [key]: value }), readAs(schema, text)) as JsonObject,
    )
  }
  return all
}

type Described = TSchema & {
  type?: string
  properties?: Record<string, TSchema>
  patternProperties?: Record<string, TSchema>
  additionalProperties?: TSchema
}

function memberOf(schema: TSchema | undefined, key: string): TSchema | undefined {
  const { properties, patternProperties } = (schema ?? {}) as Described
  return properties?.[key] ?? Object.values(patternProperties ?? {})[0]
}

/** Text as the declared type: an all-digit secret stays text, a list takes commas or JSON. */
function readAs(schema: TSchema | undefined, text: string): Json {
  const { type } = (schema ?? {}) as Described
  if (type === 'number' || type === 'integer') return Number.isNaN(Number(text)) ? text : Number(text)
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type === 'array')
    return text.trimStart().startsWith('[') ? asJson(text) : text.split(',').map((part) => part.trim())
  return type === 'object' ? asJson(text) : text
}

function asJson(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text // validation says what is expected
  }
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isJsonObject(below) && isJsonObject(value) ? merge(below, value) : value
  }
  return merged
}

/** Leaves out keys that no one reads, with a warning that names the nearest one. `*_file` keys are kept. */
function dropUnknown(value: JsonObject, schema: TSchema, path: string, warnings: string[]): JsonObject {
  const { properties } = schema as Described
  if (properties === undefined) return value
  const kept: JsonObject = {}
  for (const [key, child] of Object.entries(value)) {
    const known = properties[key]
    if (known !== undefined)
      kept[key] = isJsonObject(child) ? dropUnknown(child, known, `${path}${key}.`, warnings) : child
    else if (Object.hasOwn(properties, key.replace(/_file$/, ''))) kept[key] = child
    else warnings.push(`${path}${key} is no setting; ${suggestion(key, path, Object.keys(properties))}`)
  }
  return kept
}

function suggestion(key: string, path: string, known: string[]): string {
  const close = nearest(key, known)
  return close === undefined ? `there are ${known.join(', ')}.` : `did you mean ${path}${close}?`
}

/** `jwt_secret_file: path` stands for `jwt_secret: <content of path>`; a list has an item a line there. */
async function readSecretFiles(value: JsonObject, schema: TSchema | undefined): Promise<JsonObject> {
  const read: JsonObject = {}
  for (const [key, child] of Object.entries(value)) {
    if (key.endsWith('_file') && typeof child === 'string') {
      const name = key.slice(0, -5)
      const text = await secretIn(child, key)
      read[name] = isList(memberOf(schema, name)) ? linesOf(text) : text
    } else read[key] = isJsonObject(child) ? await readSecretFiles(child, memberOf(schema, key)) : child
  }
  return read
}

/** The files that stand for settings. A setting may be the name of a file itself; that one is nobody's secret of ours. */
function secretFilesIn(value: JsonObject, schema: TSchema | undefined): string[] {
  return Object.entries(value).flatMap(([key, child]) => {
    const own = memberOf(schema, key)
    if (isJsonObject(child)) return secretFilesIn(child, own)
    return own === undefined && key.endsWith('_file') && typeof child === 'string' ? [child] : []
  })
}

function isList(schema: TSchema | undefined): boolean {
  return ((schema ?? {}) as Described).type === 'array'
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
}

async function secretIn(file: string, key: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('BAD_REQUEST', `${key} names a file that cannot be read: ${reason}.`)
  }
}

function validated(value: JsonObject): Settings {
  const complete: unknown = structuredClone(merge(sectionsIn(Settings), value))
  const validate = new Ajv2020({ allErrors: true, useDefaults: true, strict: false }).compile<Settings>(
    Settings,
  )
  if (!validate(complete)) throw invalid((validate.errors ?? []).map(describe))
  const faults = faultsOf(complete)
  if (faults.length > 0) throw invalid(faults)
  return complete
}

function invalid(details: FieldProblem[]): Problem {
  const faults = details.map(({ field, message }) => `${field} ${message}`).join('; ')
  return new Problem('VALIDATION_ERROR', `The configuration is not valid: ${faults}.`, details)
}

/** Every section, empty where nothing is said of it, so that its defaults apply. */
function sectionsIn(schema: TSchema): JsonObject {
  const { properties = {} } = schema as Described
  return Object.fromEntries(
    Object.entries(properties).flatMap(([key, child]) =>
      'properties' in child ? [[key, sectionsIn(child)]] : [],
    ),
  )
}

function describe(error: ErrorObject): FieldProblem {
  return { field: error.instancePath.slice(1).replaceAll('/', '.'), message: error.message ?? 'is not valid' }
}
