import type { ErrorObject } from 'ajv/dist/2020.js'
import { isJsonObject, type Json } from '../../json.ts'
import type { FieldProblem } from '../../problem.ts'
import { segmentsOf } from '../../text/json-pointer.ts'
import { shapes } from './keyword.ts'
import { compilePattern } from './pattern.ts'
import { memberPath } from './structure.ts'

/** More than this helps nobody and would let a long list of wrong items fill the answer. */
const maxProblems = 100

/** What Ajv found, with nothing typed `any`. `choice` is where the outermost choice around it begins. */
type Violation = {
  keyword: string
  place: string[]
  schemaPath: string[]
  params: Record<string, unknown>
  value: unknown
  definition: unknown
  choice: number | undefined
  /** The longest text that is tested against a pattern. */
  reachOf(pattern: string): number
}

/** Keywords that try definitions; what fails inside them is a detail of their own failure. */
const choices: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'contains', 'propertyNames'])

/** Turns what Ajv reports into one sentence per field, with a dotted path below `field`. Values are never repeated: they may be secret. */
export function explain(errors: readonly ErrorObject[], values: Json, field: string): FieldProblem[] {
  const reachOf = rememberedReach()
  const violations = errors.map((error) => toViolation(error, reachOf))
  const shown = violations.filter((one) => one.choice === undefined && one.keyword !== 'if')
  const problems = shown.slice(0, maxProblems).map((one) => ({
    field: fieldOf(values, [...one.place, ...memberInQuestion(one)], field),
    message: `${sentence(one, violations)}${remedy(one)}`,
  }))
  const hidden = shown.length - problems.length
  return hidden > 0 ? [...problems, { field, message: `has ${hidden} more problems` }] : problems
}

/** Compiling a pattern may take long, and thousands of items may miss the same one. */
function rememberedReach(): Violation['reachOf'] {
  const known = new Map<string, number>()
  return (pattern) => {
    const reach = known.get(pattern) ?? compilePattern(pattern).reach
    known.set(pattern, reach)
    return reach
  }
}

function toViolation(error: ErrorObject, reachOf: Violation['reachOf']): Violation {
  const schemaPath = error.schemaPath.split('/').slice(1)
  return {
    keyword: error.keyword,
    place: segmentsOf(error.instancePath),
    schemaPath,
    params: error.params,
    value: error.data,
    definition: error.parentSchema,
    choice: choiceAround(schemaPath, 0),
    reachOf,
  }
}

/** The index in a schema path of the first keyword that tries definitions and has one of them below it. */
function choiceAround(schemaPath: readonly string[], from: number): number | undefined {
  let index = from
  while (index < schemaPath.length - 1) {
    const keyword = schemaPath[index] ?? ''
    if (choices.has(keyword)) return index
    // A name or a number follows, which may read like a keyword.
    index += shapes.get(keyword) === 'map' || shapes.get(keyword) === 'list' ? 2 : 1
  }
  return undefined
}

/** The member that is missing or too many: the problem is about it, not about the object around it. */
function memberInQuestion({ keyword, params }: Violation): string[] {
  const names: Record<string, unknown> = {
    required: params['missingProperty'],
    dependentRequired: params['missingProperty'],
    additionalProperties: params['additionalProperty'],
  }
  const name = Object.hasOwn(names, keyword) ? names[keyword] : undefined
  return typeof name === 'string' ? [name] : []
}

function fieldOf(values: Json, place: readonly string[], field: string): string {
  let path = field
  let current: Json | undefined = values
  for (const segment of place) {
    path = memberPath(path, Array.isArray(current) ? Number(segment) : segment)
    current = inside(current, segment)
  }
  return path
}

function inside(value: Json | undefined, segment: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(segment)]
  return isJsonObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined
}

function sentence(violation: Violation, all: readonly Violation[]): string {
  const { keyword, params } = violation
  const simple = sentences.get(keyword)
  if (simple !== undefined) return simple(violation)
  if (keyword === 'anyOf') return `fits none of the allowed forms: ${whyNot(violation, all)}`
  if (keyword !== 'oneOf') return `must satisfy the schema's "${keyword}"`
  const fitting = params['passingSchemas']
  if (!Array.isArray(fitting)) return `fits none of the allowed forms: ${whyNot(violation, all)}`
  return `must fit exactly one of the allowed forms, but fits forms ${fitting.map((index) => Number(index) + 1).join(' and ')}`
}

/** What makes text of a value that is none. */
function remedy({ keyword, params, value }: Violation): string {
  if (keyword !== 'type' || ![params['type']].flat().includes('string') || value === null) return ''
  return typeof value === 'object' ? '; string(…) in a template makes text of it' : '; put it in quotes'
}

/** The first thing wrong with each form of a choice, numbered as in the schema. */
function whyNot(choice: Violation, all: readonly Violation[]): string {
  const depth = choice.schemaPath.length
  const reasons = new Map<string, string>()
  for (const inner of all) {
    const form = inner.schemaPath[depth]
    if (form === undefined || reasons.has(form) || !isWithin(choice, inner)) continue
    if (inner.keyword === 'if' || choiceAround(inner.schemaPath, depth + 1) !== undefined) continue
    const below = [...inner.place, ...memberInQuestion(inner)].slice(choice.place.length)
    const subject = below.length > 0 ? `"${below.join('.')}" ` : ''
    reasons.set(form, `${subject}${sentence(inner, all)}`)
  }
  return [...reasons].map(([form, reason]) => `(${Number(form) + 1}) ${reason}`).join('; ')
}

function isWithin(choice: Violation, inner: Violation): boolean {
  return startsWith(inner.schemaPath, choice.schemaPath) && startsWith(inner.place, choice.place)
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((segment, index) => path[index] === segment)
}

type Sentence = (violation: Violation) => string

const sentences: ReadonlyMap<string, Sentence> = new Map<string, Sentence>([
  ['required', () => 'is required; give it a value'],
  ['type', ({ params, value }) => `must be ${anyType(params['type'])}, not ${nameType(value)}`],
  ['enum', ({ params }) => `must be one of ${listed(params['allowedValues'])}`],
  ['const', ({ params }) => `must be ${JSON.stringify(params['allowedValue'])}`],
  ['minimum', limit((n) => `must be at least ${n}`)],
  ['maximum', limit((n) => `must be at most ${n}`)],
  ['exclusiveMinimum', limit((n) => `must be greater than ${n}`)],
  ['exclusiveMaximum', limit((n) => `must be less than ${n}`)],
  ['multipleOf', ({ params }) => `must be a multiple of ${Number(params['multipleOf'])}`],
  ['minLength', limit((n) => `must have at least ${counted(n, 'character')}`)],
  ['maxLength', limit((n) => `must have at most ${counted(n, 'character')}`)],
  ['minItems', limit((n) => `must have at least ${counted(n, 'item')}`)],
  ['maxItems', limit((n) => `must have at most ${counted(n, 'item')}`)],
  ['minProperties', limit((n) => `must have at least ${counted(n, 'member')}`)],
  ['maxProperties', limit((n) => `must have at most ${counted(n, 'member')}`)],
  ['pattern', patternSentence],
  ['format', ({ params }) => formats.get(String(params['format'])) ?? 'has the wrong format'],
  ['uniqueItems', () => 'must not contain the same item twice'],
  ['contains', containsSentence],
  ['additionalProperties', unknownMemberSentence],
  [
    'propertyNames',
    ({ params }) => `has a name that is not allowed: ${JSON.stringify(params['propertyName'])}`,
  ],
  ['dependentRequired', ({ params }) => `is required when "${String(params['property'])}" is given`],
  ['not', () => 'has a form that the schema forbids'],
  ['false schema', () => 'is not allowed here; leave it out'],
])

const formats: ReadonlyMap<string, string> = new Map([
  ['date-time', 'must be a date and time with zone, such as 2030-01-31T12:00:00Z'],
  ['uri', 'must be a URI, such as https://example.org/path'],
  ['email', 'must be an e-mail address, such as name@example.org'],
])

function limit(say: (n: number) => string): Sentence {
  return ({ params }) => say(Number(params['limit']))
}

function counted(n: number, unit: string): string {
  return n === 1 ? `1 ${unit}` : `${n} ${unit}s`
}

function anyType(type: unknown): string {
  const names = Array.isArray(type) ? type.map(String) : String(type).split(',')
  return names.map(withArticle).join(' or ')
}

function nameType(value: unknown): string {
  if (value === null) return 'null'
  return withArticle(Array.isArray(value) ? 'array' : typeof value)
}

function withArticle(type: string): string {
  if (type === 'null') return type
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

function listed(values: unknown): string {
  if (!Array.isArray(values)) return 'the allowed values'
  const shown = values.slice(0, 20).map((value) => JSON.stringify(value))
  return values.length > shown.length
    ? `${shown.join(', ')} and ${values.length - shown.length} more`
    : shown.join(', ')
}

function patternSentence({ params, value, reachOf }: Violation): string {
  const pattern = String(params['pattern'])
  const reach = reachOf(pattern)
  return typeof value === 'string' && value.length > reach
    ? `is too long to be tested against the pattern ${pattern}; at most ${reach} characters are allowed`
    : `must match the pattern ${pattern}`
}

function containsSentence({ params }: Violation): string {
  const most = params['maxContains']
  const upTo = typeof most === 'number' ? ` and at most ${most}` : ''
  return `must contain at least ${Number(params['minContains'])}${upTo} items of the demanded form`
}

function unknownMemberSentence({ definition }: Violation): string {
  const properties = isJsonObject(definition) ? definition['properties'] : undefined
  const known = isJsonObject(properties) ? Object.keys(properties) : []
  const remedy = known.length > 0 ? `; use ${listed(known)}` : ''
  return `is not known and no other names are allowed${remedy}`
}
