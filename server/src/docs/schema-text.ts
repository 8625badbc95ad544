/** The part of JSON Schema that our settings and payloads are written in. */
export type Described = {
  type?: string
  description?: string
  default?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly Described[]
  items?: Described
  properties?: Readonly<Record<string, Described>>
  patternProperties?: Readonly<Record<string, Described>>
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
}

/** A schema as a few words: `integer or null`, `list of text`, `one of json, pretty`. */
export function typeText(schema: Described): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ')
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  switch (schema.type) {
    case undefined:
      return 'any JSON'
    case 'string':
      return 'text'
    case 'array':
      return schema.items === undefined ? 'list' : `list of ${typeText(schema.items)}`
    case 'object':
      return objectText(schema)
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'null'
    default:
      return `${schema.type}${boundsText(schema)}`
  }
}

function objectText({ properties, patternProperties }: Described): string {
  const [values] = Object.values(patternProperties ?? {})
  if (values !== undefined) return `map of ${typeText(values)}`
  return properties === undefined ? 'object' : `{ ${Object.keys(properties).join(', ')} }`
}

function boundsText({ minimum, maximum, exclusiveMinimum }: Described): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `, ${minimum} or more`
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`
  return maximum === undefined ? '' : `, ${maximum} at most`
}
