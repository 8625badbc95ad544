import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { repeatedKeys, yamlTrouble } from '../../yaml-limits.ts'
import type { Findings, Place } from './findings.ts'
import type { PackEntry, PackTree } from './pack-tree.ts'
import { type Position, positionAt, positionOf } from './yaml-position.ts'

const maxBytes = 1024 * 1024
/** Far more than a pack file needs, and little enough that the rest of the work is done in a moment. */
const maxTokens = 20_000
const maxAliases = 100
const maxLevels = 64
/** Behind aliases, which multiply what they stand for. */
const maxValues = 200_000
const maxWarnings = 20

/** A YAML file as a JSON object, and where in the file each of its values stands. */
export type YamlSource = {
  file: string
  value: JsonObject
  /** Where a place begins, or the innermost part of the way to it that exists. */
  positionOf(place: Place): Position
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
  if (!Array.isArray(parsed) && 'value' in parsed) {
    findings.sources.set(file, parsed)
    return parsed
  }
  findings.unread.push(file)
  findings.problems.push(
    ...(Array.isArray(parsed) ? parsed : [parsed]).map((one) => ({ file, field: '', ...one })),
  )
  return undefined
}

type Trouble = { message: string } & Position

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

function parse(file: string, text: string, findings: Findings): YamlSource | Trouble | Trouble[] {
  const oversize = yamlTrouble(text, { tokens: maxTokens, aliases: maxAliases })
  if (oversize !== undefined) return { message: oversize }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false })
  const trouble = syntaxTrouble(document, lines) ?? repetitions(document, lines)
  if (trouble.length > 0) return trouble
  for (const { message, pos } of document.warnings.slice(0, maxWarnings)) {
    findings.warnings.push({ file, field: '', message, ...positionAt(lines, pos[0]) })
  }
  try {
    const value = toJson(document.toJS({ maxAliasCount: maxAliases }), { values: 0, level: 0 })
    if (!isJsonObject(value)) return { message: 'must be a mapping of keys to values' }
    return { file, value, positionOf: (place) => positionOf(document, lines, place) }
  } catch (problem) {
    return { message: problem instanceof Error ? problem.message : String(problem) }
  }
}

/** The first error only: what a parser says after it is mostly about its own confusion. */
function syntaxTrouble({ errors: [error] }: Document, lines: LineCounter): Trouble[] | undefined {
  if (error === undefined) return undefined
  const position = positionAt(lines, error.pos[0])
  const message = error.code === 'MULTIPLE_DOCS' ? 'holds several YAML documents; split it' : error.message
  return [{ ...position, message: `${message} (line ${position.line}, column ${position.column})` }]
}

function repetitions(document: Document, lines: LineCounter): Trouble[] {
  return repeatedKeys(document, maxWarnings).map((key) => ({
    ...positionAt(lines, key.range?.[0] ?? 0),
    message: `gives the key '${String(key.value)}' twice`,
  }))
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
