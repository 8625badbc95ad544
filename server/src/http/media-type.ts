/** A Content-Type taken apart: `text/plain; charset="utf-8"`. */
export type MediaType = { name: string; parameters: ReadonlyMap<string, string> }

const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g

export function readMediaType(header: string): MediaType {
  const end = header.indexOf(';')
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, bare = ''] of header.matchAll(PARAMETER)) {
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value)
  }
  return {
    name: header
      .slice(0, end < 0 ? header.length : end)
      .trim()
      .toLowerCase(),
    parameters,
  }
}

export type MediaKind = 'json' | 'form' | 'multipart' | 'text' | 'other'

const JSON_NAMES: readonly string[] = [
  'application/json',
  'application/x-json',
  'application/csp-report',
  'text/json',
  'text/x-json',
]
const TEXT_NAMES: readonly string[] = [
  'application/xml',
  'application/yaml',
  'application/x-yaml',
  'application/x-ndjson',
  'application/jsonl',
]

/** How a body of this type is read. */
export function kindOf({ name }: MediaType): MediaKind {
  if (JSON_NAMES.includes(name) || name.endsWith('+json')) return 'json'
  if (name === 'application/x-www-form-urlencoded') return 'form'
  if (name === 'multipart/form-data') return 'multipart'
  if (name.startsWith('text/') || TEXT_NAMES.includes(name) || /\+(xml|yaml)$/.test(name)) return 'text'
  return 'other'
}
