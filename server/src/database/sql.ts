import type { Json } from '../json.ts'

/** Tells what the tag made from data of the same shape: no JSON document has a key that is a symbol. */
const made = Symbol('sql')

/** A statement: text with `$n` placeholders, its values, and a name when its text never varies. */
export type Sql = {
  readonly [made]: true
  readonly text: string
  readonly values: readonly unknown[]
  readonly name: string | undefined
}

const names = new WeakMap<TemplateStringsArray, string>()
let named = 0

/**
 * A statement from a tagged template. `${value}` is always a parameter, a nested sql`…` is a fragment.
 * A template without fragments has one text for ever, so it is prepared once per connection.
 */
export function sql(strings: TemplateStringsArray, ...parts: unknown[]): Sql {
  const values: unknown[] = []
  let fixed = true
  let text = strings[0] ?? ''
  parts.forEach((part, index) => {
    if (isSql(part)) {
      fixed = false
      text += part.text.replaceAll(/\$(\d+)/g, (_, n: string) => `$${Number(n) + values.length}`)
      values.push(...part.values)
    } else {
      values.push(part)
      text += `$${values.length}`
    }
    text += strings[index + 1] ?? ''
  })
  return { [made]: true, text, values, name: fixed ? nameOf(strings) : undefined }
}

const namesOfTexts = new Map<string, string>()

/** A statement of fragments, prepared like one that is written in one piece: for those whose text takes few forms. */
export function prepared(statement: Sql): Sql {
  let name = namesOfTexts.get(statement.text)
  if (name === undefined) {
    name = `s${(named += 1)}`
    namesOfTexts.set(statement.text, name)
  }
  return { ...statement, name }
}

/** Several fragments in one, with `separator` between them. */
export function join(fragments: readonly Sql[], separator: string): Sql {
  return fragments.reduce((all, one) => sql`${all}${raw(separator)}${one}`)
}

/** A value for a json or jsonb parameter: the driver would send a JavaScript array as a PostgreSQL array. */
export function json(value: Json | readonly object[] | object): string {
  return JSON.stringify(value)
}

/** Text taken as SQL. Only for text that is written in this code base, never for input. */
export function raw(text: string): Sql {
  return { [made]: true, text, values: [], name: undefined }
}

function isSql(part: unknown): part is Sql {
  return typeof part === 'object' && part !== null && made in part
}

function nameOf(strings: TemplateStringsArray): string {
  let name = names.get(strings)
  if (name === undefined) {
    name = `s${(named += 1)}`
    names.set(strings, name)
  }
  return name
}
