import { isFault, isRefusedName, reach } from '../../../expressions/access.ts'
import { ExpressionError } from '../../../expressions/error.ts'
import { createFrame, type Frame, type Site, type Watch } from '../../../expressions/frame.ts'
import { operations } from '../../../expressions/operator.ts'
import { compilePattern, matches } from '../../../expressions/pattern.ts'
import type { Patterns } from '../../../expressions/patterns.ts'
import { cutText } from '../../../expressions/text.ts'
import { aType } from '../../../expressions/value.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'

/** One element of the array form of conditions, ready to be asked. */
export type Clause = {
  /** The element as a person would write it: `status equals "open"`. */
  readonly text: string
  readonly field: string
  /** The names from the event down to the field. */
  readonly path: readonly string[]
  readonly operator: OperatorName
  /** What the field is compared with; undefined where the element gives no value. */
  readonly value: Json | undefined
  readonly site: Site
}

type Operator = {
  /** What is wrong with the value of an element, as the end of a sentence. */
  readonly refuses: (value: Json | undefined) => string | undefined
  readonly holds: (frame: Frame, actual: Json, value: Json) => boolean
  /** What it says about a field that is not there. */
  readonly ofMissing: (value: Json) => boolean
}

const anything = () => undefined
const never = () => false
const always = () => true

function comparison(operator: '<' | '<=' | '>' | '>='): Operator {
  return {
    refuses: (value) =>
      typeof value === 'number' || typeof value === 'string' || Array.isArray(value)
        ? undefined
        : 'needs a number, text or array as value',
    holds: (frame, actual, value) => operations[operator](frame, actual, value) === true,
    ofMissing: never,
  }
}

function membership(wanted: boolean): Operator {
  return {
    refuses: (value) =>
      Array.isArray(value) || typeof value === 'string' || isJsonObject(value)
        ? undefined
        : 'needs an array as value',
    holds: (frame, actual, value) => (operations.in(frame, actual, value) === true) === wanted,
    ofMissing: () => !wanted,
  }
}

function onText(holds: (frame: Frame, text: string, value: string) => boolean): Operator {
  return {
    refuses: (value) => (typeof value === 'string' ? undefined : 'needs text as value'),
    holds: (frame, actual, value) => holds(frame, textOf(frame, actual), textOf(frame, value)),
    ofMissing: never,
  }
}

function textOf({ at }: Frame, value: Json): string {
  if (typeof value === 'string') return value
  throw new ExpressionError({
    kind: 'type',
    problem: `The field is ${aType(value)}, not text`,
    remedy: 'use an operator for its type, or an expression that converts it',
    expression: at.text,
    at: at.span,
  })
}

/** The operators mean what the expression language means by the same words. */
const operators = {
  equals: {
    refuses: anything,
    holds: (frame, actual, value) => operations['=='](frame, actual, value) === true,
    ofMissing: never,
  },
  not_equals: {
    refuses: anything,
    holds: (frame, actual, value) => operations['!='](frame, actual, value) === true,
    ofMissing: always,
  },
  contains: {
    refuses: anything,
    holds: (frame, actual, value) => operations.in(frame, value, actual) === true,
    ofMissing: never,
  },
  gt: comparison('>'),
  gte: comparison('>='),
  lt: comparison('<'),
  lte: comparison('<='),
  in: membership(true),
  not_in: membership(false),
  starts_with: onText((_frame, text, value) => text.startsWith(value)),
  ends_with: onText((_frame, text, value) => text.endsWith(value)),
  matches: onText((frame, text, value) => matches(frame, value, text)),
  exists: {
    refuses: (value) =>
      value === undefined || typeof value === 'boolean' ? undefined : 'needs true, false or no value',
    holds: (_frame, _actual, value) => value !== false,
    ofMissing: (value) => value === false,
  },
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators
export const operatorNames = Object.keys(operators)

function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name)
}

/** Compiles one element, or says what is wrong with it. `place` is its path in the rule. */
export function compileClause(element: Json, place: string, frame: Frame): Clause | FieldProblem[] {
  if (!isJsonObject(element)) {
    return [{ field: place, message: 'A condition is an object with field, operator and value.' }]
  }
  const { field: named, operator, value, of = 'payload' } = element
  const field = fieldIn(of, named)
  const problems = [
    ...checkPart(of, place),
    ...checkField(named, of, place),
    ...checkOperator(operator, place),
  ]
  if (
    problems.length > 0 ||
    field === undefined ||
    typeof operator !== 'string' ||
    !isOperatorName(operator)
  ) {
    return problems
  }
  const text = clauseText(field.shown, operator, value)
  const site: Site = { text, span: { start: 0, end: text.length } }
  const clause: Clause = { text, field: field.shown, path: field.path, operator, value, site }
  const valueProblems = checkValue(clause, place, frame)
  return valueProblems.length > 0 ? valueProblems : clause
}

/** Where the field of an element is looked for: `of` is the payload unless it says otherwise. */
const parts = ['payload', 'headers', 'query', 'event'] as const
type EventPart = (typeof parts)[number]

type Field = { shown: string; path: readonly string[] }

/** Names of headers and parameters have dots and dashes of their own. */
function fieldIn(of: Json, name: Json | undefined): Field | undefined {
  const part = partOf(of)
  if (part === undefined || typeof name !== 'string') return undefined
  switch (part) {
    case 'payload':
      return { shown: name, path: ['payload', ...name.split('.')] }
    case 'event':
      return { shown: `event.${name}`, path: name.split('.') }
    case 'headers':
      return { shown: `headers.${name}`, path: ['headers', name.toLowerCase()] }
    case 'query':
      return { shown: `query.${name}`, path: ['query', name] }
  }
}

function partOf(of: Json): EventPart | undefined {
  return parts.find((part) => part === of)
}

function checkPart(of: Json, place: string): FieldProblem[] {
  if (partOf(of) !== undefined) return []
  return [
    { field: `${place}.of`, message: `Name one of ${parts.join(', ')}, or leave it out for the payload.` },
  ]
}

function clauseText(field: string, operator: string, value: Json | undefined): string {
  return value === undefined
    ? `${field} ${operator}`
    : `${field} ${operator} ${cutText(JSON.stringify(value), 200)}`
}

function checkField(field: Json | undefined, of: Json, place: string): FieldProblem[] {
  const isOneName = of === 'headers' || of === 'query'
  if (typeof field !== 'string' || (isOneName ? field === '' : field.split('.').includes(''))) {
    return [{ field: `${place}.field`, message: 'Name a field of the payload, with dots between names.' }]
  }
  const refused = field.split('.').find(isRefusedName)
  return refused === undefined
    ? []
    : [{ field: `${place}.field`, message: `The name '${refused}' cannot be read; rename it in the data.` }]
}

function checkOperator(operator: Json | undefined, place: string): FieldProblem[] {
  if (typeof operator === 'string' && isOperatorName(operator)) return []
  return [{ field: `${place}.operator`, message: `Name one of the operators ${operatorNames.join(', ')}.` }]
}

function checkValue({ operator, value, site }: Clause, place: string, frame: Frame): FieldProblem[] {
  const refusal = operators[operator].refuses(value)
  if (refusal !== undefined)
    return [{ field: `${place}.value`, message: `The operator ${operator} ${refusal}.` }]
  if (operator !== 'matches' || typeof value !== 'string') return []
  try {
    frame.at = site
    compilePattern(frame, value)
    return []
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return [{ field: `${place}.value`, message: error.message }]
  }
}

/** The frame in which operators count their steps; they need no data but what they are given. */
export function createClauseFrame(patterns: Patterns, watch?: Watch): Frame {
  return createFrame({ roots: {}, now: '', ...(watch === undefined ? {} : { watch }) }, patterns)
}

/** The value of the field; undefined if the event does not have it. */
export function fieldOf(frame: Frame, event: Json, path: readonly string[]): Json | undefined {
  let value = event
  for (const key of path) {
    const member = reach(frame, value, { key, dotted: true })
    if (isFault(member)) return undefined
    value = member
  }
  return value
}

/** Whether the clause holds for the value of its field. Throws an `ExpressionError` where types do not fit. */
export function holds(
  frame: Frame,
  { operator, site, value = null }: Clause,
  actual: Json | undefined,
): boolean {
  const { holds, ofMissing } = operators[operator]
  frame.at = site
  return actual === undefined ? ofMissing(value) : holds(frame, actual, value)
}
