import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Static, TObject } from 'typebox'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { explain } from '../../schema/explain.ts'
import { complainAt, type Findings, type YamlPlace, warn, type YamlSource } from '../yaml/findings.ts'
import { nearest } from '../../../text/nearest.ts'

/** A kind of pack file: its schema, and the check that is compiled from it at first use. */
export type FileForm<T extends TObject> = { schema: T; check(): ValidateFunction<Static<T>> }

/** A check runs on a few files at most, so the time to make it counts and the time to run it does not. */
const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: false,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
})

export function fileForm<T extends TObject>(schema: T): FileForm<T> {
  // Ajv keeps what it compiled, by schema.
  return { schema, check: () => ajv.compile<Static<T>>(schema) }
}

/**
 * The content of a file as its schema says it is; `undefined` when it is not, which `findings` then explain. A
 * key without a value counts as not given. A key that nobody reads is a warning: most often it is misspelt.
 */
export function checkForm<T extends TObject>(
  form: FileForm<T>,
  source: YamlSource,
  findings: Findings,
): Static<T> | undefined {
  const value = Object.fromEntries(Object.entries(source.value).filter(([, entry]) => entry !== null))
  warnOfUnknownKeys(form.schema, value, { source, findings, place: [] })
  const validate = form.check()
  if (validate(value)) return value
  for (const { field, message } of explain(validate.errors ?? [], value, '')) {
    complainAt(findings, source, field, withRemedy(message))
  }
  return undefined
}

/** YAML reads 3.12 and 1e3 as numbers, and true as a truth value, where a text was meant. */
function withRemedy(message: string): string {
  return /must be a string, not a (number|boolean)$/.test(message) ? `${message}; put it in quotes` : message
}

type Context = { source: YamlSource; findings: Findings; place: YamlPlace }

function warnOfUnknownKeys(schema: TObject, value: JsonObject, context: Context): void {
  const { source, findings, place } = context
  const known: Record<string, unknown> = schema.properties
  for (const [key, inner] of Object.entries(value)) {
    const at = [...place, key]
    if (!Object.hasOwn(known, key)) {
      const meant = nearest(key, Object.keys(known))
      const hint = meant === undefined ? '' : `; did you mean '${meant}'?`
      warn(findings, source, at, `the key '${key}' is not known and is ignored${hint}`)
      continue
    }
    const property = known[key]
    if (isObjectForm(property) && isJsonObject(inner))
      warnOfUnknownKeys(property, inner, { ...context, place: at })
  }
}

/** An object whose keys are listed; one without a list may have any. */
function isObjectForm(schema: unknown): schema is TObject {
  return (
    isJsonObject(schema) && isJsonObject(schema['properties']) && Object.keys(schema['properties']).length > 0
  )
}
