import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createThreads } from '../../../threads/bounded-threads.ts'
import type { Findings, YamlPlace, YamlSource } from './findings.ts'
import { positionOf, readYamlText, type YamlTrouble, yamlJob, type YamlText } from './parse-yaml.ts'

const maxBytes = 1024 * 1024
/** A text up to this size is read in some milliseconds, whatever stands in it. */
const inlineCharacters = 16 * 1024
const budgetMs = 20_000

/** Reads one YAML file below a folder; `undefined` when that fails, which `findings` then explain. */
export async function readYaml(
  root: string,
  file: string,
  findings: Findings,
): Promise<YamlSource | undefined> {
  const content = await readText(join(root, file))
  const read = 'text' in content ? await readBounded(content.text) : { trouble: [content] }
  if ('value' in read) {
    const { value, warnings, positions } = read
    findings.warnings.push(...warnings.map((one) => ({ file, field: '', ...one })))
    const source = { file, value, positionOf: (place: YamlPlace) => positionOf(positions, place) }
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

async function readText(path: string): Promise<{ text: string } | YamlTrouble> {
  const { size } = await stat(path)
  if (size > maxBytes) return { message: `is too large; at most ${maxBytes} bytes are allowed` }
  const bytes = await readFile(path)
  return isUtf8(bytes) ? { text: new TextDecoder().decode(bytes) } : { message: 'is not UTF-8 text' }
}
