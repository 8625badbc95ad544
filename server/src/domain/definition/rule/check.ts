import type { Watch } from '../../../expressions/frame.ts'
import { checkTemplates, compileTemplates } from '../../../expressions/template.ts'
import type { Json, JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import type { CompiledSchema } from '../../schema/compile.ts'
import { isTemplated, validateTemplated } from '../../schema/template.ts'
import { checkConditions } from '../matching/conditions.ts'
import { checkKeystore } from '../matching/keystore.ts'
import { ruleScope } from '../matching/scope.ts'
import { checkTimer } from './timer.ts'

/** The parts of a rule that have a language of their own. */
type RuleLanguage = { conditions: Json; action_params: JsonObject }

/** What can be wrong with a rule whatever its trigger and action are: conditions and templates do not parse. */
export function checkLanguage({ conditions, action_params }: RuleLanguage): FieldProblem[] {
  const watch = watchOf(COMPILE_MS)
  const templates = checkTemplates(action_params, ruleScope, watch)
  return [
    ...checkConditions(conditions, watch),
    ...templates.map(({ field, message }) => ({ field: below('action_params', field), message })),
    ...(templates.length > 0
      ? []
      : checkKeystore(compileTemplates(action_params, ruleScope, { mode: 'lenient' }))),
  ]
}

/** Compiling is what a rule costs whenever it is new to a process. */
const COMPILE_MS = 250

function watchOf(ms: number): Watch {
  const since = performance.now()
  return { ms, over: () => performance.now() - since > ms }
}

function below(parent: string, field: string): string {
  if (field === '') return parent
  return field.startsWith('[') ? `${parent}${field}` : `${parent}.${field}`
}

/** The parameters that a rule sets, and what its targets say about them. */
type RuleParameters = {
  trigger_ref: string
  trigger_params: JsonObject
  action_params: JsonObject
  schemas: RuleSchemas
}

/** The compiled parameter schemas of a rule's targets. */
export type RuleSchemas = { trigger: CompiledSchema; action: CompiledSchema }

/** What does not fit the schemas of trigger and action. A template fits wherever it stands, except in a timer. */
export function checkParameters({
  trigger_ref,
  trigger_params,
  action_params,
  schemas,
}: RuleParameters): FieldProblem[] {
  const bySchema = validateTemplated(schemas.trigger, trigger_params, 'trigger_params')
  const fields = new Set(bySchema.map(({ field }) => field))
  const byTimer = checkTimer(trigger_ref, trigger_params).filter(({ field }) => !fields.has(field))
  return [
    ...bySchema,
    ...byTimer,
    ...validateTemplated(schemas.action, action_params, 'action_params'),
    ...checkSecrets(schemas.action, action_params),
  ]
}

/** A secret that is written in a rule would be there for everybody who reads rules. */
function checkSecrets(schema: CompiledSchema, action_params: JsonObject): FieldProblem[] {
  const message =
    'is secret and would stand in the rule in clear; make it a key and write {{ keystore.NAME }}'
  return schema
    .collectSecrets(action_params)
    .filter(({ value }) => isLiteral(value))
    .map(({ pointer }) => ({ field: `action_params${pointer.replaceAll('/', '.')}`, message }))
}

function isLiteral(value: Json): boolean {
  if (typeof value === 'string') return value !== '' && !isTemplated(value)
  if (typeof value === 'object' && value !== null) return Object.values(value).some(isLiteral)
  return typeof value === 'number'
}
