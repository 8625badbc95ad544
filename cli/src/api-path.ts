import { Failure } from './failure.ts'

/**
 * A path of the document with its values encoded: `/api/v1/rules/{ref}`. Refuses values that a URL would resolve
 * away: `..` would address another resource than the one that was named.
 */
export function filled(path: string, values: Readonly<Record<string, string | number>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(String(values[name] ?? '')))
}

function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new Failure('usage', `'${value}' is not a reference: it looks like pack.name.`)
  }
  return encodeURIComponent(value)
}
