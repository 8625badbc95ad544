import type { Json, JsonObject } from '../../json.ts'
import type { FieldProblem } from '../../problem.ts'

/** Variables that decide what code runs in the process; whoever starts an execution may not choose that. */
const REFUSED = new Set(['PATH', 'BASH_ENV', 'ENV', 'IFS', 'SHELLOPTS', 'BASHOPTS', 'PS4'])
const REFUSED_PREFIX = /^(?:ATTUNE_|LD_|DYLD_)/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What is wrong with the `env_vars` of an execution: the API refuses them, the runner leaves them out. */
export function checkEnvVars(env_vars: JsonObject): FieldProblem[] {
  return Object.entries(env_vars).flatMap(([name, value]) => {
    const message = envVarProblem(name, value)
    return message === undefined ? [] : [{ field: `env_vars.${name}`, message }]
  })
}

/** Why a variable may not be set; undefined when it may, and then its value is text. */
export function envVarProblem(name: string, value: Json): string | undefined {
  if (!isVariableName(name))
    return 'must be a name of letters, digits and underscores that does not begin with a digit'
  if (REFUSED.has(name) || REFUSED_PREFIX.test(name))
    return 'is set by the platform and cannot be chosen; use another name'
  if (typeof value !== 'string') return 'must be text; put numbers and booleans in quotes'
  return value.includes('\0') ? 'contains a NUL character; remove it' : undefined
}

/** Whether a shell takes it as a name. */
export function isVariableName(name: string): boolean {
  return NAME.test(name)
}
