import { Failure } from './failure.ts'

/**
 * Builds a path with its values encoded: apiPath`/api/v1/rules/${ref}`. Refuses values that a URL would
 * resolve away: `..` would address another resource than the one that was named.
 */
export function apiPath(literals: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return values.reduce<string>(
    (path, value, index) => path + segment(String(value)) + (literals[index + 1] ?? ''),
    literals[0] ?? '',
  )
}

function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new Failure('usage', `'${value}' is not a reference: it looks like pack.name.`)
  }
  return encodeURIComponent(value)
}
