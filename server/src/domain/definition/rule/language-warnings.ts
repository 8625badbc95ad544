import { oddOperators, oddTexts, templatesIn } from '../../../expressions/advice.ts'
import { type Compiled, compileExpression } from '../../../expressions/compile.ts'
import { ExpressionError } from '../../../expressions/error.ts'
import { anElement } from '../../../expressions/references.ts'
import type { Json, JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { compileConditions } from '../matching/conditions.ts'
import { ruleScope } from '../matching/scope.ts'
import { type PayloadShape, shapeOfSamples, shapeOfSchema, strayName } from './payload-shape.ts'

/** The parts of a rule that have a language of their own. */
type RuleLanguage = { conditions: Json; action_params: JsonObject }

/** A path that a rule reads below the payload, and where it stands. */
type PayloadPath = { field: string; path: readonly (string | number)[] }

/** What works, but hardly as it is meant, as far as the text of a rule says. */
export function languageWarnings({ conditions, action_params }: RuleLanguage): FieldProblem[] {
  const condition = expressionOf(conditions)
  return [
    ...(condition === undefined
      ? []
      : warned('conditions.expression', oddOperators(condition.expression, 'condition'))),
    ...oddTexts(action_params, 'action_params'),
    ...templatesOf(action_params).flatMap(({ field, compiled }) =>
      warned(field, oddOperators(compiled.expression, 'value')),
    ),
  ]
}

function warned(field: string, messages: readonly string[]): FieldProblem[] {
  return messages.map((message) => ({ field, message }))
}

function expressionOf(conditions: Json): Compiled | undefined {
  const compiled = compileConditions(conditions)
  return compiled.kind === 'expression' ? compiled.condition.compiled : undefined
}

export function templatesOf(action_params: JsonObject): { field: string; compiled: Compiled }[] {
  return templatesIn(action_params, 'action_params').flatMap(({ field, text }) => {
    const compiled = compiledIfRight(text)
    return compiled === undefined ? [] : [{ field, compiled }]
  })
}

/** What is wrong is refused elsewhere. */
function compiledIfRight(text: string): Compiled | undefined {
  try {
    return compileExpression(text, ruleScope)
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}

/** What a rule reads of the payload. */
function payloadPaths({ conditions, action_params }: RuleLanguage): PayloadPath[] {
  const compiled = compileConditions(conditions)
  const below = (field: string, { references }: Compiled): PayloadPath[] =>
    references.paths.flatMap(([event, payload, ...path]) =>
      event === 'event' && payload === 'payload' ? [{ field, path }] : [],
    )
  const ofClauses =
    compiled.kind === 'clauses'
      ? compiled.clauses.flatMap(({ field: { part, steps } }, i) =>
          part === 'payload'
            ? [
                {
                  field: `conditions[${i}].field`,
                  path: steps.map((step) => (step.kind === 'key' ? step.key : anElement)),
                },
              ]
            : [],
        )
      : []
  return [
    ...ofClauses,
    ...(compiled.kind === 'expression' ? below('conditions.expression', compiled.condition.compiled) : []),
    ...templatesOf(action_params).flatMap((each) => below(each.field, each.compiled)),
  ]
}

/** What events of the trigger are known to be: by its schema, and by the last ones if they may be looked at. */
export type KnownPayloads = { out_schema: Json; samples: readonly Json[] }

/**
 * The paths that lead nowhere, as far as anybody knows. The schema says what there is; events may just have lacked
 * something, so that of what they do not have only a near miss is told.
 */
export function pathWarnings(rule: RuleLanguage, { out_schema, samples }: KnownPayloads): FieldProblem[] {
  const schema = shapeOfSchema(out_schema)
  const seen = shapeOfSamples(samples)
  const warnings = payloadPaths(rule).flatMap(({ field, path }) => {
    const stray = strayIn(schema, seen, path)
    if (stray === undefined) return []
    const written = ['event', 'payload', ...path.slice(0, stray.place + 1)]
    const meant = stray.near === undefined ? '' : `; did you mean '${stray.near}'?`
    return [{ field, message: `events of the trigger have no '${pathText(written)}'${meant}` }]
  })
  return [...new Map(warnings.map((each) => [`${each.field} ${each.message}`, each])).values()]
}

function strayIn(schema: PayloadShape, seen: PayloadShape, path: readonly (string | number)[]) {
  const bySchema = strayName(schema, path)
  const byEvents = strayName(seen, path)
  if (bySchema === undefined)
    return byEvents?.near === undefined || schema.kind === 'known' ? undefined : byEvents
  // What came all the same is there.
  return seen.kind === 'known' && byEvents === undefined ? undefined : bySchema
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key < 0 ? '' : key}]` : `.${key}`))
    .join('')
    .slice(1)
}

/** Names of keys that a rule asks for and that do not exist for it. */
export function keyWarnings(
  { action_params }: Pick<RuleLanguage, 'action_params'>,
  existing: ReadonlySet<string>,
): FieldProblem[] {
  return templatesOf(action_params).flatMap(({ field, compiled }) =>
    compiled.references.paths.flatMap(([root, name]) =>
      root === 'keystore' && typeof name === 'string' && !existing.has(name)
        ? [{ field, message: `there is no key '${name}' for this rule: executions fail until there is one` }]
        : [],
    ),
  )
}
