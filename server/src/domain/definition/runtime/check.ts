import { isJsonObject, type Json } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { textsOf } from '../form/field.ts'

export function checkRuntimeRef(ref: Json, field: string): FieldProblem[] {
  return typeof ref === 'string' && /^[a-z0-9_.-]+$/.test(ref)
    ? []
    : [{ field, message: 'must be of a-z, 0-9, ., _ and -, such as pack.name' }]
}

/** What would start programs with variables that only the platform sets. */
export function checkConfiguration(config: Json, field: string): FieldProblem[] {
  const variables = isJsonObject(config) ? config['env_vars'] : undefined
  return Object.keys(isJsonObject(variables) ? variables : {}).flatMap((name) => {
    const message = variableProblem(name)
    return message === undefined ? [] : [{ field: `${field}.env_vars.${name}`, message }]
  })
}

export function variableProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'is not a name of an environment variable'
  return name.startsWith('ATTUNE_') ? 'begins with ATTUNE_, which is reserved for the platform' : undefined
}

/** Names as workers compare them, each once. */
export function tidyAliases(aliases: Json): string[] {
  return [...new Set(textsOf(aliases).map((alias) => alias.trim().toLowerCase()))]
}
