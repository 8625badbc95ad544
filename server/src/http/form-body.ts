import type { Json, JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import { isForForms, textOf, unknownCharset } from './charset.ts'

const MAX_FIELDS = 10_000

/** The fields of a form in their order. */
export type FormFields = (readonly [name: string, value: Json])[]

/** The fields of `a=1&b=2`, whose percent escapes are bytes of the charset. */
export function urlencodedFields(bytes: Buffer, charset: string | undefined): FormFields {
  if (charset !== undefined && !isForForms(charset)) throw unknownCharset(charset)
  const pairs = bytes
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trim()
    .split('&', MAX_FIELDS + 1)
  if (pairs.length > MAX_FIELDS) throw tooManyFields()
  const read = (part: string) => textOf(bytesOf(part), charset ?? 'utf-8')
  return pairs.flatMap((pair) => {
    if (pair === '') return []
    const end = pair.indexOf('=')
    const [name, value] = end < 0 ? [pair, ''] : [pair.slice(0, end), pair.slice(end + 1)]
    return [[read(name), read(value)] as const]
  })
}

/** A `%` that begins no escape stands for itself. */
function bytesOf(part: string): Buffer {
  const plain = part.replaceAll('+', ' ')
  return Buffer.from(
    plain.replaceAll(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    ),
    'latin1',
  )
}

/** The fields as an object; a name that comes more than once has an array. */
export function objectOf(fields: FormFields): JsonObject {
  const found = new Map<string, Json[]>()
  for (const [name, value] of fields) {
    const values = found.get(name)
    if (values === undefined) found.set(name, [value])
    else values.push(value)
  }
  if (found.has('__proto__')) throw refusedName()
  return Object.fromEntries(
    [...found].map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? '')]),
  )
}

export function tooManyFields(): Problem {
  const message = `has too many fields; at most ${MAX_FIELDS} are allowed`
  return new Problem('PAYLOAD_TOO_LARGE', `The form ${message}.`, [{ field: 'body', message }])
}

function refusedName(): Problem {
  const message = 'has a field __proto__, which is refused'
  return new Problem('BAD_REQUEST', `The form ${message}.`, [{ field: 'body', message }])
}
