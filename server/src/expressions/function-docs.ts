/*
 * What the functions of the language are for. The page about the language is made from this, and evaluates the
 * examples, so that they are true.
 */

export type FunctionDoc = {
  readonly signature: string
  readonly says: string
  readonly examples: readonly string[]
}

type Group = { readonly title: string; readonly functions: Readonly<Record<string, FunctionDoc>> }

function doc(signature: string, says: string, ...examples: readonly string[]): FunctionDoc {
  return { signature, says, examples }
}

const missing: Group = {
  title: 'What may be missing',
  functions: {
    default: doc(
      'default(value, fallback)',
      'The value, or the fallback if the value is null or not there. The fallback is evaluated only then.',
      "default(event.payload.team, 'nobody')",
      "default(event.payload.alerts[9].name, 'none')",
    ),
    has: doc('has(path)', 'Whether the path leads to something, even to null.', 'has(event.payload.team)'),
  },
}

const elements: Group = {
  title: 'Elements of an array',
  functions: {
    any: doc(
      'any(x in list, condition)',
      'Whether the condition holds for some element. False for an empty array.',
      "any(a in event.payload.alerts, a.labels.severity == 'critical')",
    ),
    all: doc(
      'all(x in list, condition)',
      'Whether the condition holds for every element. True for an empty array.',
      "all(a in event.payload.alerts, a.status == 'firing')",
    ),
    filter: doc(
      'filter(x in list, condition)',
      'The elements for which the condition holds.',
      'filter(n in [1, 2, 3, 4], n % 2 == 0)',
    ),
    map: doc(
      'map(x in list, value)',
      'The value for each element.',
      'map(a in event.payload.alerts, a.name)',
    ),
    first: doc(
      'first(x in list, condition)',
      'The first element for which the condition holds; null if there is none.',
      "first(a in event.payload.alerts, a.status == 'resolved').name",
      'first(n in [1, 2], n > 9)',
    ),
    count: doc(
      'count(x in list, condition), count(container, value)',
      'For how many elements the condition holds; how often an array has the value or a text the part.',
      "count(a in event.payload.alerts, a.status == 'firing')",
      "count('banana', 'an')",
    ),
  },
}

const times: Group = {
  title: 'Time',
  functions: {
    now: doc('now()', 'The instant of the evaluation, the same wherever it is asked in it.', 'now()'),
    parse_time: doc(
      'parse_time(text[, format[, zone]])',
      'The instant that a text says: RFC 3339, or as the format says. Where neither text nor format has a zone, it is UTC or the zone that is given. The formats `unix` and `unix_ms` read numbers.',
      "parse_time('2030-03-01T13:00:00+01:00')",
      "parse_time('01.03.2030 13:00', '%d.%m.%Y %H:%M', 'Europe/Berlin')",
      "parse_time(1900000000, 'unix')",
    ),
    format_time: doc(
      'format_time(instant, format[, zone])',
      'An instant as text, in UTC or the zone that is given.',
      "format_time(now(), '%d.%m.%Y %H:%M', 'Europe/Berlin')",
      "format_time(now(), 'rfc2822')",
    ),
    duration: doc(
      'duration(text)',
      'A length of time: `1h30m` (units w d h m s ms us ns) or ISO 8601. A day has 24 hours; months and years have no length.',
      "duration('1h30m')",
      "now() - duration('P1DT2H')",
      "(now() - parse_time(event.payload.since)) / duration('1m')",
    ),
  },
}

const values: Group = {
  title: 'Values',
  functions: {
    string: doc(
      'string(value)',
      'The value as text; arrays and objects as JSON.',
      'string(1.5)',
      'string([1, null])',
    ),
    number: doc('number(value)', 'The number that a text or bool says.', "number('1e3')"),
    int: doc('int(value)', 'The same without what is behind the point.', "int('3.9')"),
    bool: doc('bool(value)', 'Whether a condition would hold.', "bool('false')", 'bool([])'),
    type_of: doc(
      'type_of(value)',
      '`null`, `bool`, `number`, `string`, `array`, `object`, `instant` or `duration`.',
      'type_of(event.payload)',
    ),
    to_json: doc('to_json(value)', 'The value as JSON text.', "to_json(['a', 1])"),
    from_json: doc('from_json(text)', 'The value of a JSON text.', 'from_json(\'{"a": [1]}\').a'),
    uuid: doc('uuid()', 'A random UUID.', 'length(uuid())'),
  },
}

const numbers: Group = {
  title: 'Numbers',
  functions: {
    abs: doc('abs(n)', 'Without its sign.', 'abs(-2)'),
    floor: doc('floor(n)', 'The next smaller whole number.', 'floor(-3.2)'),
    ceil: doc('ceil(n)', 'The next larger whole number.', 'ceil(3.2)'),
    round: doc('round(n)', 'The nearest whole number, halves away from zero.', 'round(2.5)'),
    min: doc('min(a, b)', 'The smaller of two numbers, texts or times.', 'min(3, 2.5)'),
    max: doc('max(a, b)', 'The larger one.', "max('a', 'b')"),
    sum: doc('sum(list)', 'The sum of an array of numbers.', 'sum([1, 2.5])'),
    range: doc('range(end), range(start, end)', 'Whole numbers up to, without, the end.', 'range(2, 5)'),
  },
}

const texts: Group = {
  title: 'Text',
  functions: {
    lower: doc('lower(text)', 'In small letters.', "lower('ADA')"),
    upper: doc('upper(text)', 'In capital letters.', "upper('straße')"),
    trim: doc('trim(text)', 'Without blanks at both ends.', "trim('  a ')"),
    split: doc('split(text, separator)', 'The parts between separators.', "split('a,b,,c', ',')"),
    join: doc('join(list, separator)', 'The elements as one text.', "join(['a', 1], '-')"),
    replace: doc(
      'replace(text, old, new)',
      'With every `old` replaced; no pattern.',
      "replace('a.b', '.', '/')",
    ),
    starts_with: doc('starts_with(text, part)', 'Whether it begins so.', "starts_with('main/x', 'main/')"),
    ends_with: doc('ends_with(text, part)', 'Whether it ends so.', "ends_with('a.log', '.log')"),
    match: doc(
      'match(pattern, text)',
      'Whether the pattern is found in the text. The pattern comes first; RE2 syntax.',
      "match('^v[0-9]+', 'v12')",
      "match('(?i)error', 'An ERROR')",
    ),
  },
}

const containers: Group = {
  title: 'Arrays and objects',
  functions: {
    length: doc('length(value)', 'How many elements, members or characters there are.', "length('héllo')"),
    contains: doc('contains(container, value)', 'The same as `value in container`.', "contains(['a'], 'a')"),
    index_of: doc(
      'index_of(container, value)',
      'The first place of a value or part; -1 if there is none.',
      'index_of([3, 1], 1)',
    ),
    slice: doc(
      'slice(value, start[, end])',
      'A part of an array or text; negative places count from the end.',
      'slice([3, 1, 2], -2)',
    ),
    reversed: doc('reversed(value)', 'An array or text from its end.', "reversed('abc')"),
    sort: doc('sort(list)', 'Numbers, texts or times in order.', "sort(['b', 'a'])"),
    unique: doc('unique(list)', 'Each value once.', 'unique([1, 1.0, 2])'),
    flat: doc('flat(list)', 'Arrays inside an array opened, one level.', 'flat([1, [2, [3]]])'),
    zip: doc('zip(a, b)', 'Pairs of two arrays.', "zip([1, 2], ['a', 'b'])"),
    chunks: doc('chunks(list, size)', 'An array cut into arrays.', 'chunks([1, 2, 3], 2)'),
    keys: doc('keys(object)', 'The keys, sorted.', 'keys(event.payload.labels)'),
    values: doc('values(object)', 'The values in the order of their keys.', 'values(event.payload.labels)'),
    merge: doc(
      'merge(a, b)',
      'The members of both objects; `b` wins.',
      'length(merge(event.payload.labels, event.payload.labels))',
    ),
  },
}

export const functionGroups: readonly Group[] = [missing, elements, times, values, numbers, texts, containers]
