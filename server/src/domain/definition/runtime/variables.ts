import type { ExecutionConfig } from './execution-config.ts'

type Environment = Readonly<Record<string, string>>

/**
 * Adds the variables of a runtime. `prepend` and `append` join with what the process would have had, inherited
 * values included; an empty side adds no separator. A runtime cannot change what the platform sets.
 */
export function withRuntimeVariables(
  own: Environment,
  inherited: Environment,
  env_vars: ExecutionConfig['env_vars'],
  fill: (text: string) => string,
): Record<string, string> {
  const result: Record<string, string> = { ...own }
  for (const [name, variable] of Object.entries(env_vars)) {
    if (name.startsWith('ATTUNE_') || name === '' || /[=\0]/.test(name)) continue
    const value = fill(variable.value).replaceAll('\0', '')
    const before = result[name] ?? inherited[name] ?? ''
    result[name] = joined(value, before, variable)
  }
  return result
}

function joined(
  value: string,
  before: string,
  { operation, separator }: ExecutionConfig['env_vars'][string],
): string {
  if (operation === 'set') return value
  if (value === '' || before === '') return value + before
  return operation === 'prepend' ? value + separator + before : before + separator + value
}
