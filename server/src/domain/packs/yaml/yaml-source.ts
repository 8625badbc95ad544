import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../../../json.ts'
import { createThreads } from '../../../threads/threads.ts'
import type { Findings, Place } from './findings.ts'
import type { PackEntry, PackTree } from '../reader/pack-tree.ts'
import { type Position, positionOf } from './yaml-position.ts'
import { readYamlText, type Trouble, yamlJob, type YamlText } from './yaml-text.ts'

const maxBytes = 1024 * 1024
/** A text up to this size is read in some milliseconds, whatever stands in it. */
const inlineCharacters = 16 * 1024
const budgetMs = 20_000

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
  const read = 'text' in content ? await readBounded(content.text) : { trouble: [content] }
  if ('value' in read) {
    const { value, warnings, positions } = read
    findings.warnings.push(...warnings.map((one) => ({ file, field: '', ...one })))
    const source = { file, value, positionOf: (place: Place) => positionOf(positions, place) }
    findings.sources.set(file, source)
    return source
  }
  findings.unread.push(file)
  findings.problems.push(...read.trouble.map((one) => ({ file, field: '', ...one })))
  return undefined
}

async function readBounded(text: string): Promise<YamlText> {
  if (text.length <= inlineCharacters) return readYamlText(text)
  const read = await createThreads({ most: 1 }).run(yamlJob, text, budgetMs)
  return read.kind === 'done' ? read.output : { trouble: [{ message: `cannot be read: ${read.reason}` }] }
}

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
