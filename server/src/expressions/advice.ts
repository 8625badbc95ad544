import type { Json } from '../json.ts'
import type { FieldProblem } from '../problem.ts'
import { arityOf } from './builtin.ts'
import { childrenOf, type Expression } from './expression.ts'
import { scanTemplates } from './scan.ts'
import { trimBlanks } from './text.ts'

/** The text of a template and the field in which it stands. */
export type PlacedTemplate = { readonly field: string; readonly text: string }

/** Every template in the texts of a document. */
export function templatesIn(document: Json, field = ''): PlacedTemplate[] {
  if (typeof document === 'string') {
    return scanTemplates(document).parts.flatMap(({ kind, text }) =>
      kind === 'template' && trimBlanks(text) !== '' ? [{ field, text: trimBlanks(text) }] : [],
    )
  }
  return membersOf(document, field).flatMap(([, member, place]) => templatesIn(member, place))
}

function membersOf(document: Json, field: string): (readonly [string, Json, string])[] {
  if (typeof document !== 'object' || document === null) return []
  if (Array.isArray(document)) return document.map((item, i) => [String(i), item, `${field}[${i}]`])
  return Object.entries(document).map(([key, member]) => [
    key,
    member,
    field === '' ? key : `${field}.${key}`,
  ])
}

/** What renders, but hardly as meant: templates in keys, and statements, of which there are none. */
export function oddTexts(document: Json, field = ''): FieldProblem[] {
  if (typeof document === 'string') return /\{%[^]*%\}/.test(document) ? [{ field, message: statement }] : []
  const isObject = !Array.isArray(document)
  return membersOf(document, field).flatMap(([key, member, place]) => [
    ...(isObject && /\{\{[^]*\}\}/.test(key) ? [{ field: place, message: renderedKey }] : []),
    ...oddTexts(member, place),
  ])
}

const statement =
  "has '{% %}', which stays as it is: there are no statements; write one expression in '{{ }}'"
const renderedKey = 'is a key with a template in it, which stays as it is: keys are not rendered'

/** Whether a value is used, or whether it holds. */
type Use = 'value' | 'condition'

/** What computes, but hardly what is meant: `or` where a fallback is wanted gives a bool. */
export function oddOperators(root: Expression, use: Use): string[] {
  const found: string[] = []
  const open: (readonly [Expression, Use])[] = [[root, use]]
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const [node, used] = entry
    if (isFallback(node, used)) found.push(fallback)
    for (const child of childrenOf(node)) open.push([child, useOf(node, child, used)])
  }
  return [...new Set(found)]
}

const fallback =
  "'or' gives true or false, not one of its sides: write default(value, fallback) for a fallback"

function isFallback(node: Expression, use: Use): boolean {
  if (node.kind !== 'binary' || node.operator !== 'or') return false
  const { right } = node
  const isText = right.kind === 'literal' && typeof right.value === 'string'
  return isText || (use === 'value' && !saysWhether(right))
}

/** Whether what it gives is a bool, as far as its text says. */
function saysWhether(node: Expression): boolean {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'boolean'
    case 'list':
    case 'name':
    case 'member':
    case 'index':
      return false
    case 'unary':
      return node.operator === 'not'
    case 'binary':
      return !['+', '-', '*', '/', '%'].includes(node.operator)
    case 'each':
      return node.name === 'any' || node.name === 'all'
    case 'call':
      return bools.has(node.name) || arityOf(node.name) === undefined
  }
}

const bools: ReadonlySet<string> = new Set(['has', 'bool', 'match', 'contains', 'starts_with', 'ends_with'])

function useOf(node: Expression, child: Expression, use: Use): Use {
  if (node.kind === 'unary') return node.operator === 'not' ? 'condition' : 'value'
  if (node.kind === 'each') return child === node.body && node.name !== 'map' ? 'condition' : 'value'
  if (node.kind !== 'binary') return 'value'
  // Of a fallback the whole is told, not each of its parts.
  return node.operator === 'and' || node.operator === 'or' ? (use === 'value' ? 'condition' : use) : 'value'
}
