import { parseAllDocuments } from 'yaml'
import type { Json } from '../json.ts'

/** Deeper data than this serves nobody and breaks whoever walks it. */
const MAX_DEPTH = 200
const MAX_ALIASES = 100

/** What standard output says beside its text: data, nothing, or why it could not be read. */
export type ParsedOutput =
  | { kind: 'none' }
  /** `partial`: there were lines beside the data. */
  | { kind: 'data'; data: Json; partial: boolean }
  | { kind: 'unreadable'; error: string }

/** Reads the output of an action that ended well. Output that cannot be read is no failure of the action. */
export function parseOutput(format: 'text' | 'json' | 'yaml' | 'jsonl', stdout: string): ParsedOutput {
  const trimmed = stdout.trim()
  if (format === 'text' || trimmed === '') return { kind: 'none' }
  const parsed = read(format, trimmed)
  if (parsed.kind === 'data' && deeperThan(parsed.data, MAX_DEPTH)) {
    return { kind: 'unreadable', error: `The output is nested deeper than ${MAX_DEPTH} levels` }
  }
  return parsed
}

function read(format: 'json' | 'yaml' | 'jsonl', text: string): ParsedOutput {
  switch (format) {
    case 'json':
      return readJson(text)
    case 'yaml':
      return readYaml(text)
    case 'jsonl':
      return readLines(text)
  }
}

/** The whole text, else its last line: many programs log before they print their result. */
function readJson(text: string): ParsedOutput {
  const whole = parseJson(text)
  if (whole !== undefined) return { kind: 'data', data: whole, partial: false }
  const last = parseJson(text.slice(text.lastIndexOf('\n') + 1))
  if (last !== undefined) return { kind: 'data', data: last, partial: true }
  return { kind: 'unreadable', error: 'Neither the output nor its last line is JSON' }
}

function readLines(text: string): ParsedOutput {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const data = lines.map(parseJson).filter((value) => value !== undefined)
  if (data.length === 0) return { kind: 'unreadable', error: 'No line of the output is JSON' }
  return { kind: 'data', data, partial: data.length < lines.length }
}

function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function readYaml(text: string): ParsedOutput {
  const documents = parseAllDocuments(text, { logLevel: 'silent' })
  const [document, ...others] = 'empty' in documents ? [] : documents
  if (document === undefined) return { kind: 'none' }
  if (others.length > 0) return { kind: 'unreadable', error: 'The output has several YAML documents' }
  const error = document.errors[0]
  if (error !== undefined)
    return { kind: 'unreadable', error: `The output is not YAML: ${firstLine(error.message)}` }
  try {
    return { kind: 'data', data: toJson(document.toJS({ maxAliasCount: MAX_ALIASES })), partial: false }
  } catch (error) {
    return {
      kind: 'unreadable',
      error: `The output is not YAML: ${firstLine(error instanceof Error ? error.message : String(error))}`,
    }
  }
}

/** What YAML can say and JSON cannot becomes null (infinities) or text (dates). */
function toJson(value: unknown): Json {
  const text: string | undefined = JSON.stringify(value)
  return text === undefined ? null : (parseJson(text) ?? null)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function deeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((child) => deeperThan(child, levels - 1))
}
