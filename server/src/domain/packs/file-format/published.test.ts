import { readdir, readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { assertions, dialect, shapes } from '../../schema/keyword.ts'
import { parameterDefinition } from './parameter-definition.ts'
import { type FileKind, fileKinds, publishedSchema } from './published.ts'

const packs = new URL('../../../../../packs/', import.meta.url)
const kinds: FileKind[] = ['pack', 'action', 'trigger', 'sensor', 'rule', 'runtime', 'permission-set']

const checks = new Map(
  kinds.map((kind) => [kind, new Ajv2020({ allErrors: true, strict: false }).compile(publishedSchema(kind))]),
)

type Shipped = { path: string; kind: FileKind; content: JsonObject }

/** Every file of the shipped packs that has a schema, with what it holds. */
async function shippedFiles(): Promise<Shipped[]> {
  const found = await Promise.all(
    ['core', 'examples'].flatMap((pack) => kinds.map((kind) => filesOfKind(pack, kind))),
  )
  return found.flat()
}

async function filesOfKind(pack: string, kind: FileKind): Promise<Shipped[]> {
  const { files } = fileKinds[kind]
  const folder = files.includes('/') ? `${pack}/${files.slice(0, files.indexOf('/'))}` : pack
  const names = files.includes('/') ? await readdir(new URL(folder, packs)).catch(() => []) : [files]
  return Promise.all(
    names
      .filter((name) => name.endsWith('.yaml'))
      .map(async (name) => ({
        path: `${folder}/${name}`,
        kind,
        content: await contentOf(`${folder}/${name}`),
      })),
  )
}

async function contentOf(path: string): Promise<JsonObject> {
  const content: unknown = parse(await readFile(new URL(path, packs), 'utf8'))
  if (isJsonObject(content)) return content
  throw new Error(`${path} is no mapping`)
}

const files = await shippedFiles()

test('there is a file of every kind to try', () => {
  expect(new Set(files.map(({ kind }) => kind))).toEqual(new Set(kinds))
})

test.each(files)('packs/$path is valid', ({ kind, content }) => {
  const check = checks.get(kind)

  expect(check?.(content), JSON.stringify(check?.errors)).toBe(true)
})

test.each(files)('packs/$path with a misspelt field is not', ({ kind, content }) => {
  expect(checks.get(kind)?.({ ...content, descripton: 'x' })).toBe(false)
})

test.each<[FileKind, JsonObject]>([
  ['action', { entry_point: 'a.sh', parameters: { name: { type: 'string', requird: true } } }],
  ['action', { entry_point: 'a.sh', parameters: { name: { type: 'text' } } }],
  ['action', { entry_point: 'a.sh', parameters: { list: { type: 'array', items: { typ: 'string' } } } }],
  ['action', { entry_point: 'a.sh', parameter_format: 'env' }],
  ['pack', { ref: 'Depot', version: '1.0.0' }],
  ['pack', { ref: 'depot', version: '1.0' }],
  ['pack', { ref: 'depot', version: '1.0.0', testing: { enabled: true, runner: {} } }],
  ['rule', { trigger_ref: 'a' }],
  ['runtime', { execution_config: { interpreter: { binary: 'x', arg: [] } } }],
  ['permission-set', { grants: [{ resource: 'packs', action: ['read'] }] }],
])('a file %s like %j is not valid', (kind, content) => {
  expect(checks.get(kind)?.(content)).toBe(false)
})

test('parameters may be a JSON Schema of their own', () => {
  const parameters = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }

  expect(checks.get('action')?.({ entry_point: 'a.sh', parameters })).toBe(true)
})

test('a parameter definition has the keywords that the reader knows', () => {
  const { properties } = parameterDefinition
  const known = [...assertions.keys(), ...dialect.keys(), ...shapes.keys()]

  expect(Object.keys(isJsonObject(properties) ? properties : {})).toEqual(expect.arrayContaining(known))
})

test.each(kinds)('every field of a file %s is described', (kind) => {
  const { properties } = publishedSchema(kind)

  const bare = Object.entries(isJsonObject(properties) ? properties : {}).filter(
    ([, schema]) =>
      !isJsonObject(schema) || typeof schema.description !== 'string' || schema.description === '',
  )

  expect(bare.map(([name]) => name)).toEqual([])
})
