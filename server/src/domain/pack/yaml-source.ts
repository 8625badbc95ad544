import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LineCounter, parseDocument, type YAMLError } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { Findings, Place } from './findings.ts'
import type { PackEntry, PackTree } from './pack-tree.ts'
import { lineOf } from './yaml-line.ts'

const maxBytes = 1024 * 1024
const maxLevels = 64
/** Aliases multiply; this many values is more than a file of the largest size has without them. */
const maxValues = 200_000
const maxAliases = 100

/** A YAML file as a JSON object, and where in the file each of its values stands. */
export type YamlSource = {
  file: string
  value: JsonObject
  /** The line of a place, or of the innermost part of the way to it that exists. */
  lineOf(place: Place): number | undefined
}

/** Reads one YAML file of a pack; `undefined` when that fails, which `findings` then explain. */
export async function readYaml(
  tree: PackTree,
  entry: PackEntry,
  findings: Findings,
): Promise<YamlSource | undefined> {
  const file = entry.path
  const content = await readText(tree, entry)
  const parsed = 'text' in content ? parse(file, content.text, findings) : content
  if ('value' in parsed) return parsed
  findings.problems.push({ file, field: '', ...parsed })
  return undefined
}

type Trouble = { message: string; line?: number }

async function readText(tree: PackTree, entry: PackEntry): Promise<{ text: string } | Trouble> {
  const path = join(tree.root, entry.path)
  const { size } = await stat(path)
  if (size > maxBytes) return { message: `is too large; at most ${maxBytes} bytes are allowed` }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) }
  } catch {
    return { message: 'is not UTF-8 text' }
  }
}

function parse(file: string, text: string, findings: Findings): YamlSource | Trouble {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [error] = document.errors
  if (error !== undefined) return troubleOf(error)
  for (const { message } of document.warnings) findings.warnings.push(`${file}: ${firstLine(message)}`)
  try {
    const value = toJson(document.toJS({ maxAliasCount: maxAliases }), { values: 0, level: 0 })
    if (!isJsonObject(value)) return { message: 'must be a mapping of keys to values' }
    return { file, value, lineOf: (place) => lineOf(document, lines, place) }
  } catch (problem) {
    return { message: problem instanceof Error ? problem.message : String(problem) }
  }
}

function troubleOf({ code, message, linePos }: YAMLError): Trouble {
  const text = code === 'MULTIPLE_DOCS' ? 'holds several YAML documents; split it' : firstLine(message)
  return linePos === undefined ? { message: text } : { message: text, line: linePos[0].line }
}

/** The library's messages end with the place (`at line 3, column 7:`) and an excerpt below. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/:$/, '')
}

/** Throws a sentence about what is YAML and no JSON, or more of it than anybody needs. */
function toJson(value: unknown, count: { values: number; level: number }): Json {
  count.values += 1
  if (count.values > maxValues) throw new Error('holds too many values; aliases multiply them')
  if (count.level > maxLevels)
    throw new Error(`is nested too deeply; at most ${maxLevels} levels are allowed`)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return finite(value)
  if (typeof value === 'string') return storable(value)
  if (typeof value !== 'object') throw new Error('holds a value that JSON does not know')

  count.level += 1
  const inner = Array.isArray(value)
    ? value.map((item) => toJson(item, count))
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), toJson(item, count)]))
  count.level -= 1
  return inner
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Error(`holds the number ${value}, which JSON does not know`)
  return value
}

/** What the database can hold: no NUL and no half of a surrogate pair. */
function storable(text: string): string {
  if (/[\0\p{Surrogate}]/u.test(text)) throw new Error('holds a NUL or a broken character; remove it')
  return text
}
