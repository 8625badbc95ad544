import { operatorDocs as clauseOperators } from '../domain/definition/matching/clause.ts'
import { compileExpression } from '../expressions/compile.ts'
import { functionGroups } from '../expressions/function-docs.ts'
import { limits } from '../expressions/limit.ts'
import { operatorDocs } from '../expressions/operator-docs.ts'
import { directives } from '../expressions/time-format.ts'
import type { JsonObject } from '../json.ts'
import { code, generatedNote, page, table } from './markdown.ts'

/** What the examples look at. */
const event: JsonObject = {
  id: 7,
  trigger: 'monitoring.alert',
  created: '2030-03-01T12:00:00.000Z',
  payload: {
    host: 'db1',
    since: '2030-03-01T12:30:00+01:00',
    labels: { env: 'prod', 'app.kubernetes.io/name': 'api' },
    alerts: [
      { name: 'disk', status: 'firing', labels: { severity: 'warning' } },
      { name: 'load', status: 'firing', labels: { severity: 'critical' } },
      { name: 'cpu', status: 'resolved', labels: { severity: 'critical' } },
    ],
  },
}
const now = '2030-03-01T12:00:00.000Z'

/** The value of an example as JSON. An example that fails ends the generation. */
export function resultOf(example: string): string {
  const { value } = compileExpression(example, { roots: ['event'] }).evaluate({ roots: { event }, now })
  return JSON.stringify(value)
}

function examples(list: readonly string[]): string {
  return list.map((example) => `${code(example)} → ${code(resultOf(example))}`).join('; ')
}

/** `docs/expressions.md`: the language of conditions and templates. */
export function expressionsPage(): string {
  return page([
    generatedNote,
    '# Expressions, conditions and templates',
    'Conditions of rules, templates in parameters and the conditions of workflows are written in one small language. It reads data and computes a value; it changes nothing, calls nothing outside and always ends. Every result on this page was computed when the page was made, with this event:',
    `\`\`\`json\n${JSON.stringify(event, null, 2)}\n\`\`\``,
    ...paths(),
    ...operators(),
    '## Functions',
    ...functionGroups.flatMap(({ title, functions }) => [
      `### ${title}`,
      table(
        ['function', 'what it gives', 'examples'],
        Object.values(functions).map(({ signature, says, examples: list }) => [
          code(signature),
          says,
          examples(list),
        ]),
      ),
    ]),
    ...arrays(),
    ...times(),
    ...conditions(),
    ...templates(),
    ...bounds(),
  ])
}

function paths(): string[] {
  return [
    '## Paths and literals',
    'A rule sees `event` in its conditions: its `id`, `trigger`, `created` and `payload`, as in `event.payload.host`, and what is kept with it: `headers` (names in lower case, as in `event.headers["x-github-event"]`), `query`, `source`, `source_ip`, `user_agent`, `received_at`, `verified` and `config`. Its templates see `event`, `config` (the configuration of its pack, also `pack.config`), `keystore.NAME` and `system` as well.',
    table(
      ['written', 'means'],
      [
        ['`a.b`, `a["key with dots"]`', 'a member of an object'],
        ['`a[0]`, `a[-1]`, `a.0`', 'an element of an array; negative places count from the end'],
        [
          '`"text"`, `\'text\'`',
          'text; `\\n`, `\\t`, `\\r`, `\\\\` and the own quote are escaped by a backslash',
        ],
        ['`1`, `1.5`, `1e3`', 'a number; whole ones are exact up to 2^53−1'],
        ['`true`, `false`, `null`, `[1, "a"]`', 'what they say; there are no object literals'],
      ],
    ),
    'A path that leads nowhere is an error that names it, so that a misspelling does not pass for "no"; guard what may be missing with `has()` or `default()`. In the parameters of a rule it is null instead, and empty in the middle of text.',
    'False are null, `false`, 0, and empty text, arrays and objects. Everything else is true, also `"false"`.',
  ]
}

function operators(): string[] {
  return [
    '## Operators',
    'From the loosest to the tightest; those of one line bind alike, from the left. Parentheses group.',
    table(
      ['operator', 'what it does', 'examples'],
      operatorDocs.map(({ written, says, examples: list }) => [code(written), says, examples(list)]),
    ),
  ]
}

function arrays(): string[] {
  return [
    '## Asking the elements of an array',
    '`any(x in list, …)` and its like name the element and ask something of each, up to the one that decides. The name is known inside the call alone. It may not hide a root, a variable or the name of a call around it: that is an error. Calls nest: `any(a in event.payload.alerts, any(l in values(a.labels), l == "x"))`.',
    'An error names the element (`where a is event.payload.alerts[0]`), and so does `attune explain`: of an `all` that does not hold the first element that does not, of a `not any` the one that does.',
    'There is no index of the element; `zip(range(length(list)), list)` makes pairs.',
  ]
}

function times(): string[] {
  return [
    '## Instants and durations',
    'Senders write times as text, each in its own zone and way, and texts compare letter by letter. So a time is made of a text first, by `parse_time()`. Instants compare as points in time whatever zone they were written in, to the nanosecond. An instant and a duration give an instant, two instants a duration, two durations a number by `/`; durations are multiplied and divided by numbers.',
    table(
      ['example', 'result'],
      [
        'parse_time(event.payload.since) < now()',
        "now() - parse_time(event.payload.since) > duration('15m')",
        "parse_time('2030-03-01T13:00:00+01:00') == parse_time('2030-03-01T12:00:00Z')",
        "parse_time(event.created) + duration('1h')",
        "duration('1h') / duration('1s')",
        "duration('1h') * 1.5",
      ].map((example) => [code(example), code(resultOf(example))]),
    ),
    'A text compared with an instant, or added to one, is an error that names the function. Where a value leaves the language, an instant is RFC 3339 text in UTC and a duration ISO 8601; functions on text take an instant as that text.',
    'Formats are made of these; `%F` is `%Y-%m-%d`, `%T` is `%H:%M:%S`, and `rfc3339` and `rfc2822` are formats of that name. Zones are `UTC`, an offset such as `+02:00`, or names such as `Europe/Berlin`. A time that clocks show twice is the first; one that they skip is as long after the gap begins.',
    table(
      ['directive', 'means', `in \`${now}\``],
      Object.entries(directives).map(([directive, { says }]) => [
        code(directive),
        says,
        code(resultOf(`format_time(now(), '${directive}')`)),
      ]),
    ),
  ]
}

function conditions(): string[] {
  return [
    '## Conditions of a rule',
    'Without conditions every event of the trigger matches. There are two forms.',
    "```yaml\nconditions:\n  expression: event.payload.host == 'db1' and any(a in event.payload.alerts, a.status == 'firing')\n```",
    'An expression holds if its value is not false, as above. An error does not match: it is the decision `error`, kept with its reason.',
    '```yaml\nconditions:\n  - { field: host, operator: starts_with, value: db }\n  - { field: alerts.*.labels.severity, operator: equals, value: critical }\n```',
    'The array form holds if all its elements do. A field is a path inside the payload, or with `of: headers`, `of: query` and `of: event` inside what is kept with the event: `{ of: headers, field: x-github-event, operator: equals, value: push }`.',
    table(
      ['field', 'leads to'],
      [
        ['`labels.env`', 'a member'],
        [
          '`labels."app.kubernetes.io/name"`, `labels["app.kubernetes.io/name"]`',
          'a member whose name has dots',
        ],
        ['`alerts.0.name`, `alerts[-1].name`', 'an element'],
        [
          '`alerts.*.name`, `alerts[*].name`',
          'any element: the condition holds if it holds for one. A denial (`not_equals`, `not_in`, `exists` with false) holds if it does for every one',
        ],
      ],
    ),
    table(
      ['operator', 'holds if', 'a missing field'],
      Object.entries(clauseOperators).map(([name, { says, missing }]) => [code(name), says, missing]),
    ),
  ]
}

function templates(): string[] {
  return [
    '## Templates',
    'Parameters are rendered: `{{ expression }}` in any text of them, however deep. A text that is one template and nothing else keeps the type of its value; in the middle of text null is empty, arrays and objects are JSON. Keys are not rendered, nor is what a template gives. A template that is only a path may have `-`, `@` and `$` in its names. Braces as such: `{{ "{{" }}`.',
    '```yaml\naction_params:\n  names: "{{ map(a in event.payload.alerts, a.name) }}"   # an array\n  text: "{{ length(event.payload.alerts) }} alerts on {{ event.payload.host }}"\n  team: "{{ default(event.payload.team, \'nobody\') }}"\n```',
    'There are no statements (`{% %}`), filters or comments. `x or "d"` is a bool; `default(x, "d")` replaces what is missing. Saving a rule answers with `warnings` about these, about keys with templates in them, and about paths that the schema of the trigger does not have.',
  ]
}

function bounds(): string[] {
  return [
    '## Limits',
    table(
      ['what', 'at most'],
      [
        ['text of an expression', `${limits.textBytes} bytes`],
        ['nesting', `${limits.nesting} brackets, ${limits.treeDepth} operators in a row`],
        ['an array that is made', `${limits.elements} elements`],
        ['a text that is made, a document that is rendered', `${limits.valueBytes} bytes`],
        [
          'steps of an evaluation; each element that is asked counts what is asked of it',
          String(limits.steps),
        ],
        ['templates of a document', String(limits.templates)],
        ['a regular expression', `${limits.patternBytes} bytes`],
      ],
    ),
    '## Secrets',
    'Keys, and what a schema calls secret, are secret values. Whatever is made of one is secret, also a comparison, a count or an instant; an array or object keeps the marks of its parts. A secret may go only to a parameter that the action declares secret. Where a secret element decides, the condition decides on a secret, which takes the permission to see it. Traces show `{"$attune_secret": true}` in its place, and an error about a secret says no more than that.',
  ]
}
