import { type Condition, compileCondition } from '../../../expressions/condition.ts'
import { ExpressionError } from '../../../expressions/error.ts'
import { explain } from '../../../expressions/explain.ts'
import type { Context, Watch } from '../../../expressions/frame.ts'
import { createPatterns, type Patterns } from '../../../expressions/patterns.ts'
import { preview } from '../../../expressions/preview.ts'
import type { Scope } from '../../../expressions/scope.ts'
import { isTainted, mask } from '../../../expressions/taint.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { answerOf, type Clause, type ClauseAnswer, compileClause, createClauseFrame } from './clause.ts'
import { fieldValues } from './event-field.ts'
import { type FieldValue, leadsToMany } from './field-path.ts'
import type { VisibleEvent } from './visible-event.ts'

/** Conditions of a rule, ready to be asked about events. Broken ones say so when they are. */
export type CompiledConditions =
  | { readonly kind: 'always' }
  | { readonly kind: 'expression'; readonly condition: Condition }
  | { readonly kind: 'clauses'; readonly clauses: readonly Clause[]; readonly patterns: Patterns }
  | { readonly kind: 'broken'; readonly problems: readonly FieldProblem[] }

/**
 * What conditions say about an event. `compared` holds the values that decided: `field`, `operator`, `value` and
 * `actual` of the array form (`actual` is left out where the field is missing, `element` says which one of an array); `left` and `right`, or what else the
 * smallest failing part of an expression is about. Long values are cut, secret ones replaced by the marker.
 */
export type ConditionsVerdict =
  | { kind: 'matched' }
  | { kind: 'not_matched'; clause: string; compared: JsonObject }
  | { kind: 'error'; message: string; clause?: string; overdue?: true }
  /** It takes a secret to tell, and whoever wrote the conditions may not see it. */
  | { kind: 'secret' }

export type EvaluationOptions = {
  /** What `now()` says. */
  readonly now: Context['now']
  /** JSON pointers below the event of what is secret in it. */
  readonly secrets?: readonly string[]
  /** How long they may take. */
  readonly watch?: Watch
  /** Whether they may decide on what is secret. Default: yes. */
  readonly on_secrets?: boolean
}

const scope: Scope = { roots: ['event'] }

/** Compiles the conditions of a rule. Never throws: what is wrong with them is kept, and told at every event. */
export function compileConditions(conditions: Json, watch?: Watch): CompiledConditions {
  if (conditions === null) return { kind: 'always' }
  if (Array.isArray(conditions)) return compileClauses(conditions, watch)
  if (isJsonObject(conditions)) return compileObject(conditions, watch)
  return broken('conditions', shapes)
}

const shapes =
  'Conditions are {"expression": "…"}, an array of {"field", "operator", "value"}, or empty to match every event.'

function broken(field: string, message: string): CompiledConditions {
  return { kind: 'broken', problems: [{ field, message }] }
}

function compileObject(conditions: JsonObject, watch: Watch | undefined): CompiledConditions {
  if (Object.keys(conditions).length === 0) return { kind: 'always' }
  if (typeof conditions['expression'] !== 'string') return broken('conditions', shapes)
  try {
    const options = watch === undefined ? {} : { watch }
    return { kind: 'expression', condition: compileCondition(conditions['expression'], scope, options) }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return broken('conditions.expression', error.message)
  }
}

function compileClauses(elements: readonly Json[], watch: Watch | undefined): CompiledConditions {
  if (elements.length === 0) return { kind: 'always' }
  const patterns = createPatterns()
  const frame = createClauseFrame(patterns, watch)
  const clauses: Clause[] = []
  const problems: FieldProblem[] = []
  for (const [i, element] of elements.entries()) {
    const compiled = compileClause(element, `conditions[${i}]`, frame)
    if (Array.isArray(compiled)) problems.push(...compiled)
    else clauses.push(compiled)
  }
  return problems.length > 0 ? { kind: 'broken', problems } : { kind: 'clauses', clauses, patterns }
}

/** What is wrong with conditions, for the moment they are saved. */
export function checkConditions(conditions: Json, watch?: Watch): FieldProblem[] {
  const compiled = compileConditions(conditions, watch)
  return compiled.kind === 'broken' ? [...compiled.problems] : []
}

const matched: ConditionsVerdict = { kind: 'matched' }

/** Decides whether an event fulfils the conditions. Reasons are looked for only where it does not. */
export function evaluateConditions(
  compiled: CompiledConditions,
  event: VisibleEvent,
  options: EvaluationOptions,
): ConditionsVerdict {
  switch (compiled.kind) {
    case 'always':
      return matched
    case 'broken':
      return {
        kind: 'error',
        message: compiled.problems.map(({ field, message }) => `${field}: ${message}`).join(' '),
      }
    case 'expression':
      return evaluateExpression(compiled.condition, contextOf(event, options), options)
    case 'clauses':
      return evaluateClauses(compiled, event, options)
  }
}

function contextOf(event: VisibleEvent, { now, secrets, watch }: EvaluationOptions): Context {
  return {
    roots: { event },
    now,
    ...(secrets === undefined ? {} : { secrets: { event: secrets } }),
    ...(watch === undefined ? {} : { watch }),
  }
}

function evaluateExpression(
  condition: Condition,
  context: Context,
  { on_secrets = true }: EvaluationOptions,
): ConditionsVerdict {
  try {
    const { holds, on_secret } = condition.decide(context)
    if (on_secret && !on_secrets) return { kind: 'secret' }
    if (holds) return matched
    const { clause, compared } = explain(condition.compiled, context)
    return { kind: 'not_matched', clause, compared }
  } catch (error) {
    if (error instanceof ExpressionError && error.kind === 'secret' && !on_secrets) return { kind: 'secret' }
    return errorVerdict(error)
  }
}

type Clauses = Extract<CompiledConditions, { kind: 'clauses' }>

/** All clauses must hold; the first that does not decides. */
function evaluateClauses(
  { clauses, patterns }: Clauses,
  event: VisibleEvent,
  options: EvaluationOptions,
): ConditionsVerdict {
  const frame = createClauseFrame(patterns, options.watch)
  for (const clause of clauses) {
    try {
      const found = fieldValues(frame, event, clause.field, options.secrets)
      if (options.on_secrets === false && found.some((each) => isTainted(each.taint)))
        return { kind: 'secret' }
      const answer = answerOf(frame, clause, found)
      if (!answer.holds) return notMatched(clause, answer, found)
    } catch (error) {
      return errorVerdict(error, clause.text)
    }
  }
  return matched
}

function notMatched(
  { text, field, operator, value = null }: Clause,
  { decided }: ClauseAnswer,
  found: readonly FieldValue[],
): ConditionsVerdict {
  const expected: JsonObject = { field: field.shown, operator, value: preview(value) }
  const compared = leadsToMany(field.steps)
    ? {
        ...expected,
        ...(decided === undefined ? all(found) : { ...actual(decided), element: decided.place }),
      }
    : { ...expected, ...(found[0] === undefined ? {} : actual(found[0])) }
  return { kind: 'not_matched', clause: text, compared }
}

function actual({ value, taint }: FieldValue): JsonObject {
  return value === undefined ? {} : { actual: preview(mask(value, taint)) }
}

/** No element decided, so each counts. */
function all(found: readonly FieldValue[]): JsonObject {
  const values = found.flatMap(({ value, taint }) => (value === undefined ? [] : [mask(value, taint)]))
  return { actual: preview(values) }
}

function errorVerdict(error: unknown, clause?: string): ConditionsVerdict {
  if (!(error instanceof ExpressionError)) throw error
  const part = clause ?? error.expression.slice(error.at.start, error.at.end)
  return {
    kind: 'error',
    message: error.message,
    ...(part === '' ? {} : { clause: part }),
    ...(error.kind === 'time' ? { overdue: true } : {}),
  }
}
