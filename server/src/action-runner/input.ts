import { stringify } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'

/**
 * What an action receives: its parameters, and the keys injected under their names. A parameter of the same
 * name wins; `shadowed` names the keys that lost, so that somebody can be told.
 */
export function mergeInput(
  parameters: JsonObject,
  keys: Record<string, Json>,
): { input: JsonObject; shadowed: string[] } {
  // Spreading, unlike assignment, keeps a name such as __proto__ an ordinary name.
  return {
    input: { ...keys, ...parameters },
    shadowed: Object.keys(keys).filter((name) => Object.hasOwn(parameters, name)),
  }
}

/** The same value with the names sorted at every level: equal input gives equal documents. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => byCodePoint(a, b))
      .map(([name, child]) => [name, sorted(child)]),
  )
}

export type InputDocument = { kind: 'document'; text: string } | { kind: 'refused'; error: string }

/** The input as the document that goes to standard input or into the parameter file, without a final newline of delivery. */
export function inputDocument(format: 'json' | 'dotenv' | 'yaml', input: JsonObject): InputDocument {
  switch (format) {
    case 'json':
      return { kind: 'document', text: JSON.stringify(sorted(input)) }
    case 'yaml':
      return { kind: 'document', text: yamlDocument(input) }
    case 'dotenv':
      return dotenvDocument(input)
  }
}

function yamlDocument(input: JsonObject): string {
  if (Object.keys(input).length === 0) return '{}\n'
  return stringify(sorted(input), { aliasDuplicateObjects: false, lineWidth: 0 })
}

/**
 * Sorted lines `name='value'` that a shell can read. A newline inside a name would let a value forge a line, so
 * it is refused; inside the quotes of a value it is data.
 */
function dotenvDocument(input: JsonObject): InputDocument {
  const pairs = flattened(input, '')
  const forged = pairs.find(([name]) => /[\r\n\0]/.test(name))
  if (forged !== undefined) {
    return {
      kind: 'refused',
      error: `The parameter name ${JSON.stringify(forged[0])} contains a line break, which dotenv cannot carry; rename it or use parameter_format json.`,
    }
  }
  const lines = pairs.map(([name, value]) => `${name}=${shellQuoted(value)}`)
  return { kind: 'document', text: lines.sort(byCodePoint).join('\n') }
}

function flattened(value: JsonObject, prefix: string): [string, string][] {
  return Object.entries(value).flatMap(([name, child]): [string, string][] =>
    isJsonObject(child)
      ? flattened(child, `${prefix}${name}.`)
      : [[prefix + name, child === null ? '' : plainText(child)]],
  )
}

/** Text raw, numbers and booleans as they are written, the rest as compact JSON with sorted names. */
export function plainText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(sorted(value))
}

/** A word that a shell reads back as exactly this text. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Orders as the UTF-8 bytes do, which UTF-16 order does not beyond the basic plane. */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
