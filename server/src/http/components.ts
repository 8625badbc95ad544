import { isJsonObject, type Json, type JsonObject } from '../json.ts'

/**
 * An OpenAPI document in which what is repeated stands once and has a name: every schema with a title is under
 * `components.schemas`, every refusal under `components.responses` by its status. So the document can be read, and
 * types made from it have names. Throws where two different things would have the same name. Pure.
 */
export function withComponents(document: JsonObject): JsonObject {
  const schemas = named('schemas')
  const responses = named('responses')

  function hoisted(node: Json): Json {
    if (Array.isArray(node)) return node.map(hoisted)
    if (!isJsonObject(node)) return node
    const inner = Object.entries(withoutPatterns(node)).map(([name, value]): [string, Json] => [
      name,
      name === 'responses' && isJsonObject(value) ? refusalsHoisted(value) : hoisted(value),
    ])
    const schema = Object.fromEntries(inner)
    return isNamed(schema) ? schemas.refer(schema.title, schema) : schema
  }

  function refusalsHoisted(answers: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => {
        const told = hoisted(answer)
        return [status, isRefusal(told) ? responses.refer(status, told) : told]
      }),
    )
  }

  const paths = hoisted(document['paths'] ?? {})
  const components = isJsonObject(document['components']) ? document['components'] : {}
  return {
    ...document,
    components: { ...components, schemas: schemas.sorted(), responses: responses.sorted() },
    paths,
  }
}

function named(place: 'schemas' | 'responses') {
  const known = new Map<string, Json>()
  return {
    refer(name: string, value: Json): Json {
      const before = known.get(name)
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(value))
        throw new Error(`Two different ${place} of the API have the name ${name}.`)
      known.set(name, value)
      return { $ref: `#/components/${place}/${name}` }
    },
    sorted: (): JsonObject => Object.fromEntries([...known].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** Some routes answer a failure with news instead: `/health/ready`. */
function isRefusal(answer: Json): boolean {
  return JSON.stringify(answer).includes('"#/components/schemas/Error"')
}

/** A schema with a title that can be a name; a property that is called `title` is not one. */
function isNamed(node: JsonObject): node is JsonObject & { title: string } {
  return typeof node['title'] === 'string' && 'type' in node && /^[A-Z]\w*$/.test(node['title'])
}

/** What any property must be is better known as `additionalProperties`. */
function withoutPatterns(schema: JsonObject): JsonObject {
  const { patternProperties, ...others } = schema
  if (!isJsonObject(patternProperties)) return schema
  const [[pattern, value] = [], ...more] = Object.entries(patternProperties)
  return pattern === '^.*$' && value !== undefined && more.length === 0
    ? { ...others, additionalProperties: value }
    : schema
}
