import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import { jobOf } from '../../../threads/bounded-threads.ts'
import { inexactScalars } from '../../../text/exact-yaml.ts'
import { repeatedKeys, yamlTrouble } from '../../../text/yaml-limits.ts'
import type { YamlPlace, YamlPosition } from './findings.ts'

const maxLevels = 64
/** Far more than a pack file needs. */
const maxTokens = 50_000
const maxAliases = 100
/** Behind aliases, which multiply what they stand for. */
const maxValues = 200_000
const maxWarnings = 20

export type YamlTrouble = { message: string } & YamlPosition

/** What a YAML text says, and where; or what is wrong with it. Plain data: it can come from a thread. */
export type YamlText =
  | { value: JsonObject; warnings: YamlTrouble[]; positions: Positions }
  | { trouble: YamlTrouble[] }

/** Reads a text that may be hostile. Its time grows with its size: a large one is for a thread. */
export function readYamlText(text: string): YamlText {
  const oversize = yamlTrouble(text, { tokens: maxTokens, aliases: maxAliases })
  if (oversize !== undefined) return { trouble: [{ message: oversize }] }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false })
  const trouble = syntaxTrouble(document, lines) ?? [
    ...repetitions(document, lines),
    ...inexactNumbers(document, lines),
    ...mergeKeys(document, lines),
  ]
  if (trouble.length > 0) return { trouble }
  const warnings = document.warnings
    .slice(0, maxWarnings)
    .map(({ message, pos }) => ({ message, ...positionAt(lines, pos[0]) }))
  try {
    const value = toJson(document.toJS({ maxAliasCount: maxAliases }), { values: 0, level: 0 })
    if (!isJsonObject(value)) return { trouble: [{ message: 'must be a mapping of keys to values' }] }
    return { value, warnings, positions: positionsIn(document, lines) }
  } catch (problem) {
    return { trouble: [{ message: problem instanceof Error ? problem.message : String(problem) }] }
  }
}

export const yamlJob = jobOf(readYamlText, import.meta.url)

/** The first error only: what a parser says after it is mostly about its own confusion. */
function syntaxTrouble({ errors: [error] }: Document, lines: LineCounter): YamlTrouble[] | undefined {
  if (error === undefined) return undefined
  const position = positionAt(lines, error.pos[0])
  const message = error.code === 'MULTIPLE_DOCS' ? 'holds several YAML documents; split it' : error.message
  return [{ ...position, message: `${message} (line ${position.line}, column ${position.column})` }]
}

function repetitions(document: Document, lines: LineCounter): YamlTrouble[] {
  return repeatedKeys(document, maxWarnings).map((key) => ({
    ...positionAt(lines, key.range?.[0] ?? 0),
    message: `gives the key '${String(key.value)}' twice`,
  }))
}

/** A pack that says one number and means another works wrongly somewhere else. */
function inexactNumbers(document: Document, lines: LineCounter): YamlTrouble[] {
  return inexactScalars(document, maxWarnings).map(({ source, range }) => ({
    ...positionAt(lines, range?.[0] ?? 0),
    message: `holds the number ${source}, which has more digits than can be kept; put it in quotes`,
  }))
}

/** YAML 1.1 merges a mapping by this key; here it would be a key like any other. */
function mergeKeys(document: Document, lines: LineCounter): YamlTrouble[] {
  const found: YamlTrouble[] = []
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '<<' || key.type !== 'PLAIN') return undefined
      const message =
        "holds the merge key '<<', which is not supported; write the keys out, or put it in quotes"
      found.push({ ...positionAt(lines, key.range?.[0] ?? 0), message })
      return found.length >= maxWarnings ? visit.BREAK : undefined
    },
  })
  return found
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

/** Where each value of a document begins, by the way to it; the document itself stands under the empty way. */
type Positions = ReadonlyMap<string, YamlPosition>

/** Where a place of a document begins, or the innermost part of the way to it that exists. */
export function positionOf(positions: Positions, place: YamlPlace): YamlPosition {
  for (let length = place.length; length >= 0; length -= 1) {
    const position = positions.get(wayOf(place.slice(0, length)))
    if (position !== undefined) return position
  }
  return {}
}

function positionsIn(document: Document, lines: LineCounter): Positions {
  const positions = new Map<string, YamlPosition>()
  note(document.contents, { place: [], offset: startOf(document.contents) })
  return positions

  /** An entry of a mapping begins with its key. */
  function note(node: unknown, { place, offset }: { place: YamlPlace; offset: number | undefined }): void {
    const way = wayOf(place)
    if (offset !== undefined && !positions.has(way)) positions.set(way, positionAt(lines, offset))
    if (isMap(node)) {
      for (const { key, value } of node.items)
        if (isScalar(key)) note(value, { place: [...place, String(key.value)], offset: startOf(key) })
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries())
        note(item, { place: [...place, index], offset: startOf(item) })
    }
  }
}

function positionAt(lines: LineCounter, offset: number): Required<YamlPosition> {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function wayOf(place: YamlPlace): string {
  return JSON.stringify(place.map(String))
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
