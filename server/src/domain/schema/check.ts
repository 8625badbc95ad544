import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { FieldProblem } from '../../problem.ts'
import { compileParameterSchema, defaultsOf } from './compile.ts'
import { checkStructure, isJsonSchemaForm, memberPath, rootDefinition } from './structure.ts'
import { isTemplated } from './template.ts'

/**
 * What to refuse when a schema is saved, so that whatever is stored compiles and its defaults fit. Null means
 * "no schema" and is accepted.
 */
export function checkParameterSchema(schema: Json, field: string): FieldProblem[] {
  if (schema === null) return []
  if (!isJsonObject(schema))
    return [
      {
        field,
        message: 'must be an object that defines each parameter, such as {"name": {"type": "string"}}',
      },
    ]
  const problems = checkStructure(schema, field)
  return problems.length > 0 ? problems : checkDefaults(schema, field)
}

/** A default that does not fit its own definition would fail every execution that relies on it. */
function checkDefaults(schema: JsonObject, field: string): FieldProblem[] {
  const root = rootDefinition(schema)
  const properties = isJsonObject(root['properties']) ? root['properties'] : {}
  const path = isJsonSchemaForm(schema) ? memberPath(field, 'properties') : field
  return [...defaultsOf(root)].flatMap(([name, value]) => {
    const only = compileParameterSchema({ type: 'object', properties: { [name]: properties[name] ?? true } })
    const at = memberPath(memberPath(path, name), 'default')
    return only.validate({ [name]: value }, '', isTemplated).map(({ field: inner, message }) => ({
      field: `${at}${inner.slice(memberPath('', name).length)}`,
      message,
    }))
  })
}
