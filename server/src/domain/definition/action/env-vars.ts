import type { Json, JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { steers } from './steering-variables.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const MAX_NAME = 128

/** What is wrong with the variables that an action lets its callers choose. Whoever writes an action asks here. */
export function checkAcceptedEnvVars(names: readonly string[] | null | undefined): FieldProblem[] {
  return (names ?? []).flatMap((name, index) => {
    const message = nameProblem(name)
    return message === undefined ? [] : [{ field: `accepted_env_vars[${index}]`, message }]
  })
}

/** What is wrong with the `env_vars` of an execution: the API refuses them, the runner leaves them out. */
export function checkEnvVars(env_vars: JsonObject, accepted: readonly string[]): FieldProblem[] {
  return Object.entries(env_vars).flatMap(([name, value]) => {
    const message = envVarProblem(name, value, accepted)
    return message === undefined ? [] : [{ field: `env_vars.${name}`, message }]
  })
}

/** Why a variable may not be set; undefined when it may, and then its value is text. */
export function envVarProblem(name: string, value: Json, accepted: readonly string[]): string | undefined {
  const problem = nameProblem(name)
  if (problem !== undefined) return problem
  if (!accepted.includes(name))
    return 'is not for whoever starts the action to choose; declare it in accepted_env_vars of the action'
  if (typeof value !== 'string') return 'must be text; put numbers and booleans in quotes'
  return value.includes('\0') ? 'contains a NUL character; remove it' : undefined
}

function nameProblem(name: string): string | undefined {
  if (!isVariableName(name) || name.length > MAX_NAME)
    return `must be a name of letters, digits and underscores that does not begin with a digit, ${MAX_NAME} characters at most`
  return steers(name)
    ? 'steers the platform, a loader, an interpreter or a common tool and cannot be chosen; use another name, or a parameter'
    : undefined
}

/** Whether a shell takes it as a name. */
export function isVariableName(name: string): boolean {
  return NAME.test(name)
}
