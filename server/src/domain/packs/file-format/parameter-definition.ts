import type { JsonObject } from '../../../json.ts'
import { assertedFormats, type Shape, shapes, types } from '../../schema/keyword.ts'

const parameter: JsonObject = { $ref: '#/$defs/parameter' }
const inner: JsonObject = { anyOf: [parameter, { type: 'boolean' }] }
const count: JsonObject = { type: 'integer', minimum: 0 }
const names: JsonObject = { type: 'array', items: { type: 'string' } }

const byShape: Readonly<Record<Shape, JsonObject>> = {
  one: inner,
  list: { type: 'array', minItems: 1, items: inner },
  map: { type: 'object', additionalProperties: inner },
}

/** What a definition may say of its value, and about it. */
const keywords: JsonObject = {
  type: {
    description: 'What kind of value it is; any when missing.',
    anyOf: [{ enum: types }, { type: 'array', minItems: 1, items: { enum: types } }],
  },
  required: {
    description: 'Whether it must be given. In a JSON Schema: the names that must.',
    anyOf: [{ type: 'boolean' }, names],
  },
  secret: {
    type: 'boolean',
    description: 'Encrypted where it is stored, left out where it is shown, masked in output.',
  },
  position: { type: 'integer', description: 'Where it stands in forms.' },
  default: { description: 'What it is when it is not given.' },
  title: { type: 'string', description: 'Its name for people.' },
  description: { type: 'string', description: 'What it is for.' },
  examples: { description: 'Values that show what is meant.' },
  deprecated: { type: 'boolean' },
  readOnly: { type: 'boolean' },
  writeOnly: { type: 'boolean' },
  $comment: { type: 'string' },
  $schema: { type: 'string' },
  enum: { type: 'array', minItems: 1, description: 'The values that it may have.' },
  const: { description: 'The only value that it may have.' },
  minimum: { type: 'number' },
  maximum: { type: 'number' },
  exclusiveMinimum: { type: 'number' },
  exclusiveMaximum: { type: 'number' },
  multipleOf: { type: 'number', exclusiveMinimum: 0 },
  minLength: count,
  maxLength: count,
  pattern: { type: 'string', description: 'A regular expression that a text must match somewhere.' },
  format: {
    type: 'string',
    examples: [...assertedFormats],
    description: 'date-time, uri and email are checked.',
  },
  minItems: count,
  maxItems: count,
  uniqueItems: { type: 'boolean' },
  minContains: count,
  maxContains: count,
  minProperties: count,
  maxProperties: count,
  dependentRequired: { type: 'object', additionalProperties: names },
}

/** The definition of one parameter, as JSON Schema. */
export const parameterDefinition: JsonObject = {
  type: 'object',
  description: 'A definition, such as {type: string, required: true}.',
  additionalProperties: false,
  patternProperties: { '^x-': {} },
  properties: {
    ...keywords,
    ...Object.fromEntries([...shapes].map(([name, shape]) => [name, byShape[shape]])),
  },
}
