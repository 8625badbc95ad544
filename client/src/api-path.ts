/** A value that cannot stand in a path. */
export class PathProblem extends Error {
  override readonly name = 'PathProblem'
}

/**
 * A path of the document with its values encoded: `/api/v1/rules/{ref}`. Refuses values that a URL would resolve
 * away: `..` would address another resource than the one that was named.
 */
export function filled(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(values[name]))
}

function segment(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  if (text === '' || text === '.' || text === '..') {
    throw new PathProblem(`'${text}' is not a reference: it looks like pack.name.`)
  }
  return encodeURIComponent(text)
}
