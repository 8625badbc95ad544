import { ExpressionError } from '../../../expressions/error.ts'
import { createFrame, type Frame, type Site, type Watch } from '../../../expressions/frame.ts'
import { operations } from '../../../expressions/operator.ts'
import { compilePattern, matches } from '../../../expressions/pattern.ts'
import type { Patterns } from '../../../expressions/patterns.ts'
import { cutText } from '../../../expressions/text.ts'
import { aType } from '../../../expressions/value.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { type EventField, eventField } from './event-field.ts'
import type { FieldValue } from './field-path.ts'

/** One element of the array form of conditions, ready to be asked. */
export type Clause = {
  /** The element as a person would write it: `status equals "open"`. */
  readonly text: string
  readonly field: EventField
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
  /** Whether it denies another, so that it must hold of every element where that one holds of any. */
  readonly denies?: (value: Json) => boolean
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
    denies: () => !wanted,
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
    denies: always,
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
    denies: (value) => value === false,
  },
} as const satisfies Record<string, Operator>

export type OperatorName = keyof typeof operators
export const operatorNames = Object.keys(operators)

/** What the operators mean, for the page about them. */
export const operatorDocs: Readonly<Record<OperatorName, { says: string; missing: string }>> = {
  equals: { says: 'it is the value (`==`)', missing: 'no' },
  not_equals: { says: 'it is not the value', missing: 'yes' },
  contains: { says: 'the value is in it (`in`)', missing: 'no' },
  gt: { says: 'it is greater', missing: 'no' },
  gte: { says: 'it is greater or equal', missing: 'no' },
  lt: { says: 'it is smaller', missing: 'no' },
  lte: { says: 'it is smaller or equal', missing: 'no' },
  in: { says: 'it is one of the value', missing: 'no' },
  not_in: { says: 'it is none of the value', missing: 'yes' },
  starts_with: { says: 'the text begins so', missing: 'no' },
  ends_with: { says: 'the text ends so', missing: 'no' },
  matches: { says: 'the pattern is found in the text', missing: 'no' },
  exists: { says: 'it is there; with the value false, if it is not', missing: 'no; with false yes' },
}

function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name)
}

/** Compiles one element, or says what is wrong with it. `place` is its path in the rule. */
export function compileClause(element: Json, place: string, frame: Frame): Clause | FieldProblem[] {
  if (!isJsonObject(element)) {
    return [{ field: place, message: 'A condition is an object with field, operator and value.' }]
  }
  const { field: named, operator, value, of = 'payload' } = element
  const field = eventField(of, named, place)
  const problems = [...(Array.isArray(field) ? field : []), ...checkOperator(operator, place)]
  if (
    problems.length > 0 ||
    Array.isArray(field) ||
    typeof operator !== 'string' ||
    !isOperatorName(operator)
  ) {
    return problems
  }
  const text = clauseText(field.shown, operator, value)
  const site: Site = { text, span: { start: 0, end: text.length } }
  const clause: Clause = { text, field, operator, value, site }
  const valueProblems = checkValue(clause, place, frame)
  return valueProblems.length > 0 ? valueProblems : clause
}

function clauseText(field: string, operator: string, value: Json | undefined): string {
  return value === undefined
    ? `${field} ${operator}`
    : `${field} ${operator} ${cutText(JSON.stringify(value), 200)}`
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

/** Whether a clause holds, and the value that decided: the element that holds, or of a denial the one that does not. */
export type ClauseAnswer = { readonly holds: boolean; readonly decided: FieldValue | undefined }

/**
 * Whether the clause holds for what its field leads to: for any element, or if it denies something for every one.
 * Throws an `ExpressionError` where types do not fit.
 */
export function answerOf(
  frame: Frame,
  { operator, site, value = null }: Clause,
  found: readonly FieldValue[],
): ClauseAnswer {
  const { holds, ofMissing, denies = never }: Operator = operators[operator]
  const ask = ({ value: actual }: FieldValue) => {
    frame.at = site
    return actual === undefined ? ofMissing(value) : holds(frame, actual, value)
  }
  if (denies(value)) {
    const failing = found.find((each) => !ask(each))
    return { holds: failing === undefined, decided: failing }
  }
  const holding = found.find(ask)
  return { holds: holding !== undefined, decided: holding }
}
