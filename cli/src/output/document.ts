import { Document, isScalar, visit } from 'yaml'
import { hasUnsafe, safeJson } from './escape.ts'

/** Indented JSON, safe for a terminal: unsafe characters are escaped, which leaves the value the same. */
export function jsonDocument(value: unknown): string {
  return `${safeJson(JSON.stringify(value ?? null, null, 2))}\n`
}

/** YAML, safe for a terminal: texts with unsafe characters are double-quoted and escaped. */
export function yamlDocument(value: unknown): string {
  const document = new Document(value ?? null, { aliasDuplicateObjects: false })
  visit(document, (_, node) => {
    if (isScalar(node) && typeof node.value === 'string' && hasUnsafe(node.value.replaceAll('\n', ''))) {
      node.type = 'QUOTE_DOUBLE'
    }
  })
  return safeJson(document.toString({ lineWidth: 0 }))
}
