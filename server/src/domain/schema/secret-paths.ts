import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import { escapeSegment, segmentsOf } from '../../text/json-pointer.ts'
import { type Child, childrenOf } from './keyword.ts'
import { compilePattern, type Pattern } from './pattern.ts'

/** A secret value and its place, as a JSON pointer. */
export type SecretValue = { pointer: string; value: Json }

/** What a schema says about secrets from one place downwards. Everything below a secret is secret too. */
type SecretTree = { secret: boolean; steps: readonly Step[] }

/** A step down that leads towards a secret; `label` is its name in a path, `*` where many names fit. */
type Step = { label: string; fits: (name: string) => boolean; tree: SecretTree }

/** Reads `secret: true` at any level: of members, of items, and in each form of a choice. */
export function secretTree(definition: Json): SecretTree {
  if (!isJsonObject(definition)) return { secret: false, steps: [] }
  if (definition['secret'] === true) return { secret: true, steps: [] }
  const inner = childrenOf(definition).map((child) => ({ child, tree: secretTree(child.definition) }))
  const found = inner.filter(({ tree }) => tree.secret || tree.steps.length > 0)
  const here = found.filter(({ child }) => appliesHere.has(child.keyword)).map(({ tree }) => tree)
  return {
    secret: here.some((tree) => tree.secret),
    steps: [
      ...here.flatMap((tree) => tree.steps),
      ...found.flatMap(({ child, tree }) => stepTo(definition, child, tree)),
    ],
  }
}

/** Keywords whose definitions are about the same value, not about one inside it. */
const appliesHere: ReadonlySet<string> = new Set([
  'allOf',
  'anyOf',
  'oneOf',
  'then',
  'else',
  'dependentSchemas',
])

function stepTo(outer: JsonObject, { keyword, key }: Child, tree: SecretTree): Step[] {
  const name = String(key)
  const many = (fits: Step['fits']): Step[] => [{ label: '*', fits, tree }]
  if (keyword === 'properties' || keyword === 'prefixItems')
    return [{ label: escapeSegment(name), fits: (given) => given === name, tree }]
  if (keyword === 'items') return many(isAtLeast(prefixLength(outer)))
  if (keyword === 'contains') return many(isAtLeast(0))
  if (keyword === 'patternProperties') return many(matches(compilePattern(name)))
  return keyword === 'additionalProperties' ? many(isAdditionalTo(outer)) : []
}

function prefixLength({ prefixItems }: JsonObject): number {
  return Array.isArray(prefixItems) ? prefixItems.length : 0
}

function isAtLeast(least: number): Step['fits'] {
  return (given) => /^\d+$/.test(given) && Number(given) >= least
}

function matches(pattern: Pattern): Step['fits'] {
  return (given) => pattern.test(given)
}

function isAdditionalTo({ properties, patternProperties }: JsonObject): Step['fits'] {
  const names = new Set(isJsonObject(properties) ? Object.keys(properties) : [])
  const patterns = isJsonObject(patternProperties) ? Object.keys(patternProperties).map(compilePattern) : []
  return (given) => !names.has(given) && !patterns.some((pattern) => pattern.test(given))
}

/** The secret places as JSON pointers, with `*` for any index or name. */
export function pathsOf(tree: SecretTree): string[] {
  if (tree.secret) return ['']
  const below = tree.steps.flatMap((step) => pathsOf(step.tree).map((path) => `/${step.label}${path}`))
  return [...new Set(below)]
}

/** Tells whether a place is secret, or lies inside a secret. */
export function isSecretPlace(tree: SecretTree, pointer: string): boolean {
  let trees = [tree]
  for (const name of segmentsOf(pointer)) {
    if (trees.some((one) => one.secret)) return true
    trees = step(trees, name)
  }
  return trees.some((one) => one.secret)
}

/** The secret values, outermost only. Null holds no secret. */
export function secretsIn(tree: SecretTree, value: Json): SecretValue[] {
  return collect([tree], value, '')
}

function collect(trees: readonly SecretTree[], value: Json, pointer: string): SecretValue[] {
  if (value === null || trees.length === 0) return []
  if (trees.some((tree) => tree.secret)) return [{ pointer, value }]
  if (typeof value !== 'object' || trees.every((tree) => tree.steps.length === 0)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    collect(step(trees, name), inner, `${pointer}/${escapeSegment(name)}`),
  )
}

function step(trees: readonly SecretTree[], name: string): SecretTree[] {
  return trees.flatMap((tree) => tree.steps.filter(({ fits }) => fits(name)).map((one) => one.tree))
}
