/*
 * What people write who know another language, and how it is said in this one.
 */

/** What stands in a text that is no part of the language. */
export type Foreign = { readonly text: string; readonly remedy: string }

const equality = "compare with '=='"
const inequality = "compare with '!='"
const conditional =
  'there is no conditional operator; default(value, fallback) replaces what is missing, for the rest use two rules or transitions'
const lambda = 'there are no lambdas; name the element, as in any(x in list, x > 1)'

/** Longer ones first. None of them can be part of a text that parses. */
const symbols: readonly (readonly [RegExp, string])[] = [
  [/===(?!=)/y, equality],
  [/!==(?!=)/y, inequality],
  [/=~/y, 'test with a pattern by match(pattern, text)'],
  [/!~/y, 'test with a pattern by not match(pattern, text)'],
  [/=>/y, lambda],
  [/->/y, lambda],
  [/<>/y, inequality],
  [/\*\*/y, 'there is no power operator; multiply'],
  [/\/\//y, 'divide and call floor(…)'],
  [/\?\?/y, 'write default(value, fallback)'],
  [/\?\./y, 'write default(path, fallback) around the whole path'],
  [/&&/y, "write 'and'"],
  [/\|\|/y, "write 'or'"],
  [/!(?!=)/y, "write 'not'"],
  [/\|/y, 'there are no filters; call a function, such as default(value, fallback)'],
  [/&/y, "write 'and'"],
  [/=(?!=)/y, equality],
  [/\?/y, conditional],
  [/:/y, conditional],
  [/\{\{/y, 'templates do not nest; write the inner expression alone'],
  [/\{%/y, 'there are no statements; write one expression'],
  [/\{/y, 'there are no object literals; write the object in the document around the template'],
  [/\$/y, 'write the name without it'],
  [/`/y, 'put text in \'…\' or "…"'],
]

export function foreignSymbol(source: string, start: number): Foreign | undefined {
  for (const [pattern, remedy] of symbols) {
    pattern.lastIndex = start
    const text = pattern.exec(source)?.[0]
    if (text !== undefined) return { text, remedy }
  }
  return undefined
}

const operators: Readonly<Record<string, string>> = {
  AND: "write 'and'",
  And: "write 'and'",
  OR: "write 'or'",
  Or: "write 'or'",
  IN: "write 'in'",
  NOT: "write 'not'",
  is: `${equality}, or ask with has(path)`,
  eq: equality,
  ne: inequality,
  gt: "compare with '>'",
  gte: "compare with '>='",
  lt: "compare with '<'",
  lte: "compare with '<='",
  mod: "write '%'",
  div: 'divide and call floor(…)',
  contains: 'write contains(container, value)',
  includes: 'write contains(container, value)',
  matches: 'write match(pattern, text)',
  like: 'write match(pattern, text)',
  startswith: 'write starts_with(text, part)',
  starts_with: 'write starts_with(text, part)',
  endswith: 'write ends_with(text, part)',
  ends_with: 'write ends_with(text, part)',
  if: conditional,
  else: conditional,
  for: 'write map(x in list, …) or filter(x in list, …)',
  between: 'write a <= x and x <= b',
}

/** What a word between two values may mean elsewhere. */
export function foreignOperator(word: string): string | undefined {
  return Object.hasOwn(operators, word) ? operators[word] : undefined
}

const calls: Readonly<Record<string, string>> = {
  len: 'length(value)',
  size: 'length(value)',
  str: 'string(value)',
  to_string: 'string(value)',
  float: 'number(value)',
  parse_int: 'int(value)',
  parseInt: 'int(value)',
  typeof: 'type_of(value)',
  includes: 'contains(container, value)',
  startswith: 'starts_with(text, part)',
  startsWith: 'starts_with(text, part)',
  endswith: 'ends_with(text, part)',
  endsWith: 'ends_with(text, part)',
  toLowerCase: 'lower(text)',
  toUpperCase: 'upper(text)',
  strip: 'trim(text)',
  indexOf: 'index_of(container, value)',
  find: 'first(x in list, …)',
  some: 'any(x in list, …)',
  exists: 'has(path)',
  defined: 'has(path)',
  every: 'all(x in list, …)',
  any: 'any(x in list, …)',
  all: 'all(x in list, …)',
  map: 'map(x in list, …)',
  filter: 'filter(x in list, …)',
  first: 'first(x in list, …)',
  coalesce: 'default(value, fallback)',
  ifnull: 'default(value, fallback)',
  if: 'default(value, fallback) for what is missing, or two rules',
  regex: 'match(pattern, text)',
  test: 'match(pattern, text)',
  matches: 'match(pattern, text)',
  json: 'to_json(value)',
  tojson: 'to_json(value)',
  parse_json: 'from_json(text)',
  fromjson: 'from_json(text)',
  date: "parse_time(text, '%Y-%m-%d')",
  datetime: 'parse_time(text)',
  to_date: "parse_time(text, '%Y-%m-%d')",
  timestamp: 'parse_time(text)',
  strptime: 'parse_time(text, format)',
  strftime: 'format_time(instant, format)',
  format_date: 'format_time(instant, format)',
  timedelta: "duration('1h30m')",
  utcnow: 'now()',
  today: "format_time(now(), '%Y-%m-%d')",
  length: 'length(value)',
  keys: 'keys(object)',
  values: 'values(object)',
  items: 'keys(object) or values(object)',
  split: 'split(text, separator)',
  join: 'join(list, separator)',
  replace: 'replace(text, old, new)',
  trim: 'trim(text)',
  lower: 'lower(text)',
  upper: 'upper(text)',
  get: 'default(path, fallback)',
  push: 'list + [value]',
  append: 'list + [value]',
  concat: 'a + b',
}

/** How a function or method of another language is called here. */
export function foreignCall(name: string): string | undefined {
  return Object.hasOwn(calls, name) ? calls[name] : undefined
}

const words: Readonly<Record<string, string>> = {
  True: "write 'true'",
  TRUE: "write 'true'",
  False: "write 'false'",
  FALSE: "write 'false'",
  None: "write 'null'",
  NULL: "write 'null'",
  nil: "write 'null'",
  undefined: 'ask with has(path)',
}

/** What a name may mean that is a constant elsewhere. */
export function foreignWord(name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined
}
