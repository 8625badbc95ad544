import { Failure } from '../failure.ts'
import { type Input, objectOption, parseYamlObject, sourceText } from '../input.ts'
import { isJsonObject, type JsonObject } from '../json.ts'

/** What a file says, with what was given as flags over it. A flag that is undefined says nothing. */
export async function draftOf(
  file: string | undefined,
  flags: Readonly<Record<string, JsonObject[string] | undefined>>,
  input: Input,
): Promise<JsonObject> {
  const written = file === undefined ? {} : parseYamlObject(await sourceText(file, input), file)
  return { ...written, ...givenOf(flags) }
}

/** The flags that say something. */
export function givenOf(flags: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])),
  )
}

/** A new definition needs a ref; its pack and label follow from it. */
export function completed(draft: JsonObject, kind: string): JsonObject {
  const ref = required(draft, 'ref', kind, `Name it: attune ${kind} create PACK.NAME …`)
  return { pack_ref: ref.split('.')[0] ?? ref, label: titleOf(ref), ...draft }
}

/** A change says something. */
export function changesOf(draft: JsonObject): JsonObject {
  if (Object.keys(draft).length > 0) return draft
  throw new Failure('usage', 'Say what to change: --file, or one of the options that --help lists.')
}

/**
 * The API tells a value from none in these fields with `{op: set, value}` and `{op: clear}`; a person writes the value,
 * or null.
 */
export function withPatches(draft: JsonObject, clearable: readonly string[]): JsonObject {
  const patch = (value: JsonObject[string]): JsonObject =>
    value === null ? { op: 'clear' } : isPatch(value) ? value : { op: 'set', value }
  return Object.fromEntries(
    Object.entries(draft).map(([field, value]) => [field, clearable.includes(field) ? patch(value) : value]),
  )
}

function isPatch(value: JsonObject[string]): value is JsonObject {
  return isJsonObject(value) && (value.op === 'clear' || (value.op === 'set' && 'value' in value))
}

/** A field that must be there as text. */
export function required(draft: JsonObject, field: string, kind: string, remedy: string): string {
  const value = draft[field]
  if (typeof value === 'string' && value !== '') return value
  const article = kind.startsWith('a') ? 'An' : 'A'
  throw new Failure('usage', `${article} ${kind} needs '${field}'. ${remedy}`)
}

/** A kind as a sentence begins with it. */
export const titled = (kind: string) => kind.charAt(0).toUpperCase() + kind.slice(1)

/** `demo.on_deploy` is called On Deploy. */
export function titleOf(ref: string): string {
  const words = ref.slice(ref.indexOf('.') + 1).split(/[_-]+/)
  return words.map(titled).join(' ')
}

/** An option that is a JSON object, if it was given. */
export async function maybeObject(
  value: string | undefined,
  name: string,
  input: Input,
): Promise<JsonObject | undefined> {
  return value === undefined ? undefined : objectOption(value, name, input)
}
