import { checkParameterSchema } from '../../schema/check.ts'
import { compileParameterSchema, type CompiledSchema } from '../../schema/compile.ts'
import { checkParameters } from '../../definition/rule/check.ts'
import type { PackDefinition, RuleDefinition } from './pack-definition.ts'
import type { PackProblem } from '../yaml/findings.ts'

/** The parameters that triggers and actions take, by ref. */
export type Targets = {
  triggers: ReadonlyMap<string, CompiledSchema>
  actions: ReadonlyMap<string, CompiledSchema>
}

/** Where the parameters of a rule do not fit its targets. A target that is not known fits everything. */
export function misfitsOf(rule: RuleDefinition, { triggers, actions }: Targets): PackProblem[] {
  const trigger = triggers.get(rule.trigger_ref)
  const action = actions.get(rule.action_ref)
  if (trigger === undefined || action === undefined) return []
  return checkParameters({ ...rule, schemas: { trigger, action } }).map((problem) => ({
    file: rule.file,
    ...problem,
  }))
}

/** The triggers and actions of the pack itself; a schema that is wrong is told of elsewhere. */
export function ownTargets({ triggers, actions }: Pick<PackDefinition, 'triggers' | 'actions'>): Targets {
  const compiled = (list: typeof triggers | typeof actions) =>
    new Map(
      list
        .filter(({ param_schema }) => checkParameterSchema(param_schema, '').length === 0)
        .map(({ ref, param_schema }) => [ref, compileParameterSchema(param_schema)]),
    )
  return { triggers: compiled(triggers), actions: compiled(actions) }
}
