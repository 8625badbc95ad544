import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { ExpressionError } from './error.ts'
import type { Context } from './frame.ts'
import type { Scope } from './scope.ts'
import { checkTemplates, compileTemplates } from './template.ts'

function render(document: Json, { scope, context, mode = 'strict' }: Setting): Json {
  return compileTemplates(document, scope, { mode }).render(context).value
}
type Setting = { scope: Scope; context: Context; mode?: 'strict' | 'lenient' }

function outcome(document: Json, setting: Setting): unknown {
  try {
    return render(document, setting)
  } catch (error) {
    if (error instanceof ExpressionError) return `error: ${error.kind}`
    throw error
  }
}

const variables = { n: 5, name: 'Ada', list: [3, 1, 2], obj: { b: 1, a: [true] } }
const workflow: Setting = {
  scope: { roots: ['parameters', 'vars'], variables: 'vars' },
  context: { roots: { parameters: { none: null, flag: true }, vars: variables }, now: '' },
}

const missing = 'error: missing'
const parse = 'error: parse'

/** Number of the contract's case (0: none), document, what it renders to. */
const strict: readonly (readonly [number, Json, unknown])[] = [
  [71, '{{ n }}', 5],
  [71, '  {{ n }}\n', 5],
  [71, '{{n}}', 5],
  [72, 'n={{ n }}', 'n=5'],
  [72, '{{ n }}{{ n }}', '55'],
  [73, '{{ list }}', [3, 1, 2]],
  [73, 'list: {{ list }}', 'list: [3,1,2]'],
  [74, '{{ parameters.none }}', null],
  [74, '[{{ parameters.none }}]', '[]'],
  [75, '{{ missing }}', missing],
  [75, 'x {{ missing }}', missing],
  [75, '{{ }}', parse],
  [76, '{{ n', '{{ n'],
  [76, 'n }}', 'n }}'],
  [76, '{% if x %}', '{% if x %}'],
  [77, '{{ "}}" }}', '}}'],
  [77, '{{ "{{" }}', '{{'],
  [77, '\\{{ n }}', '\\5'],
  [77, '${{ n }}', '$5'],
  [78, '{{ "a}}b" }} tail', 'a}}b tail'],
  [79, '{{ name | upper }}', parse],
  [79, '{{- n -}}', parse],
  [79, '{{{ n }}}', parse],
  [80, { 'k {{ n }}': '{{ n }}', l: [1, null] }, { 'k {{ n }}': 5, l: [1, null] }],
  [0, '', ''],
  [0, 'a {{ parameters.flag }} b', 'a true b'],
  [0, 'o={{ obj }}', 'o={"b":1,"a":[true]}'],
  [0, '{{ n }} {{ unclosed', '5 {{ unclosed'],
  [0, "it's {{ name }}, isn't it", "it's Ada, isn't it"],
  [0, "{{ name }}'s {{ 'x' }}", "Ada's x"],
  [0, `{{ 'it\\'s }}' }}`, "it's }}"],
  [0, `{{ "\\\\" }}{{ n }}`, '\\5'],
  [0, '{{ "open }} {{ n }}', parse],
  [0, '{{ n }}}', '5}'],
  [
    0,
    ['{{ n }}', ['{{ name }}', { deep: 'x{{ n }}' }], 1.5, false],
    [5, ['Ada', { deep: 'x5' }], 1.5, false],
  ],
  [0, '{{\n  n\n  + 1\n}}', 6],
]

describe('strict templates', () => {
  test.each(strict)('%i: %j', (_number, document, expected) => {
    expect(outcome(document, workflow)).toEqual(expected)
  })
})

const payload: Json = { svc: 'api', n: 42, t: true, nul: null, tags: ['x', 'y'], m: { p: 8080 } }
const injecting = { ...payload, inj: '{{ event.payload.svc }}' }
const config = { tok: 's3' }
const rule: Setting = {
  scope: { roots: ['event', 'pack', 'config', 'system'] },
  context: {
    roots: {
      event: {
        id: 7,
        trigger: 'p.t',
        trigger_ref: 'p.t',
        created: '2030-01-01T00:00:00Z',
        payload: injecting,
      },
      pack: { config },
      config,
      system: { timestamp: '2030-01-01T00:00:01Z' },
    },
    now: '',
  },
  mode: 'lenient',
}

const lenient: readonly (readonly [number, Json, unknown])[] = [
  [91, '{{ event.payload.n }}', 42],
  [91, 'n={{ event.payload.n }}', 'n=42'],
  [91, ' {{ event.payload.n }}', 42],
  [92, '{{ event.payload.nul }}', null],
  [92, '{{ event.payload.missing }}', null],
  [92, '{{ nope.x }}', missing],
  [93, '[{{ event.payload.missing }}]', '[]'],
  [94, '{{ event.payload.tags.0 }}', 'x'],
  [94, '{{ event.payload.tags[0] }}', 'x'],
  [94, '{{ event.payload.tags.9 }}', null],
  [95, '{{ event.payload.tags }}', ['x', 'y']],
  [95, 'tags {{ event.payload.tags }}', 'tags ["x","y"]'],
  [96, '{{ event.id }}', 7],
  [96, '{{ event.trigger }}', 'p.t'],
  [96, '{{ event.trigger_ref }}', 'p.t'],
  [97, '{{ pack.config.tok }}', 's3'],
  [97, '{{ pack.ref }}', null],
  [97, '{{ config.tok }}', 's3'],
  [98, '{{ event.payload.n + 1 }}', 43],
  [98, '{{ event.payload.n | default(1) }}', parse],
  [99, '{{ event.payload.inj }} {{ event.payload.svc }}', '{{ event.payload.svc }} api'],
  [99, '{{ event.payload.inj }}', '{{ event.payload.svc }}'],
  [100, '{{ event.payload.m.p }}:{{ event.payload.tags.1 }}', '8080:y'],
  // a path that leads nowhere is null wherever it stands; everything else is an error
  [0, '{{ event.payload.nul.x.y }}', null],
  [0, '{{ event.payload.svc.x }}', null],
  [0, '{{ event.payload.tags[event.payload.n] }}', null],
  [0, '{{ event.payload.missing == null }}', true],
  [0, '{{ event.payload.missing + 1 }}', 'error: type'],
  [0, '{{ event.payload.tags["x"] }}', 'error: type'],
  [0, '{{ event.payload.n / 0 }}', 'error: division'],
  [0, '{{ default(event.payload.missing, "d") }}', 'd'],
  [0, '{{ default(event.payload.svc.x, "d") }}', 'd'],
  [0, '{{ default(length(event.payload.missing), 0) }}', 0],
  [0, '{{ has(event.payload.missing) }}', false],
  [0, '{{ has(event.payload.nul) }}', true],
  [0, '{{ has(event.payload.tags[event.payload.n]) }}', false],
  [0, '{{ event["constructor"] }}', 'error: type'],
  [0, '{{ }}', null],
  [0, 'a{{ }}b', 'ab'],
]

describe('lenient templates', () => {
  test.each(lenient)('%i: %j', (_number, document, expected) => {
    expect(outcome(document, rule)).toEqual(expected)
  })
})

describe('a compiled document', () => {
  test('is rendered afresh every time', () => {
    const templates = compileTemplates({ a: { b: ['{{ n }}'] } }, workflow.scope, { mode: 'strict' })
    const first = templates.render(workflow.context).value
    const second = templates.render(workflow.context).value

    expect(second).toEqual(first)
    expect(second).not.toBe(first)
  })

  test('does not share its literal parts with what it renders', () => {
    const document = { a: { b: [1] } }
    const { value } = compileTemplates(document, workflow.scope, { mode: 'strict' }).render(workflow.context)

    expect(value).toEqual(document)
    expect(value).not.toBe(document)
    expect(value).toHaveProperty('a.b')
  })

  test('keeps a key that is the name of the prototype as a key', () => {
    const document: Json = JSON.parse('{"__proto__": {"polluted": "{{ n }}"}}')
    const value = render(document, workflow)

    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":5}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('names the field of an error, when it is compiled and when it is rendered', () => {
    expect(() => render({ a: [{ b: '{{ n + }}' }] }, workflow)).toThrow("field 'a[0].b'")
    expect(() => render({ a: [{ b: '{{ n }} {{ nope }}' }] }, workflow)).toThrow(
      expect.objectContaining({ field: 'a[0].b', kind: 'missing' }),
    )
  })

  test('says what its templates read', () => {
    const document = [
      '{{ event.payload.tags[-1] }}',
      'x {{ lower(config.a.b) }} {{ event.payload[config.key].x }}',
    ]
    const { references } = compileTemplates(document, rule.scope, { mode: 'strict' })

    expect(references).toEqual([
      { paths: [['event', 'payload', 'tags', -1]], functions: [] },
      { paths: [['config', 'a', 'b']], functions: ['lower'] },
      {
        paths: [
          ['event', 'payload'],
          ['config', 'key'],
        ],
        functions: [],
      },
    ])
  })

  test('has one time for all its templates', () => {
    let asked = 0
    const now = () => `2030-01-01T00:00:0${(asked += 1)}.000Z`
    const document = { a: '{{ now() }}', b: 'at {{ now() }}' }

    expect(render(document, { scope: { roots: [] }, context: { roots: {}, now } })).toEqual({
      a: '2030-01-01T00:00:01.000Z',
      b: 'at 2030-01-01T00:00:01.000Z',
    })
  })
})

describe('checking templates', () => {
  test('finds nothing wrong with good ones', () => {
    const document = { a: 'text', b: ['{{ event.payload.x }}', '{{ default(config.y, 1) }}!'], c: null, d: 1 }
    expect(checkTemplates(document, rule.scope)).toEqual([])
  })

  test('reports everything that is wrong, by field', () => {
    const document = {
      syntax: '{{ event.payload.n | default(1) }}',
      deep: [{ root: 'x {{ nope.x }} {{ event.y }}' }],
      call: '{{ upper() }}{{ env("HOME") }}',
      open: 'a {{ event.x',
      empty: '{{ }}',
      regex: '{{ match("(", event.x) }}',
    }
    const problems = checkTemplates(document, rule.scope)

    expect(problems.map(({ field }) => field)).toEqual([
      'syntax',
      'deep[0].root',
      'call',
      'call',
      'open',
      'empty',
      'regex',
    ])
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("'|' is not part of the expression language"),
      expect.stringContaining("There is no 'nope' here"),
      expect.stringContaining('upper() takes 1 argument, not 0'),
      expect.stringContaining("There is no function 'env'"),
      expect.stringContaining("'{{' at position 3 is not closed"),
      expect.stringContaining('The template is empty'),
      expect.stringContaining('not a regular expression'),
    ])
  })
})
