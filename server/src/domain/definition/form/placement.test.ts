import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../json.ts'
import { checkPlacement, eligible, parseMarks, parsePlacement, score } from './placement.ts'

type Given = { selector?: Json; tolerations?: Json; affinity?: Json }

function columnsOf({ selector = null, tolerations = null, affinity = null }: Given) {
  return { worker_selector: selector, worker_tolerations: tolerations, worker_affinity: affinity }
}

/** Whether and how well a worker with these labels and taints suits. */
function judge(worker: { labels?: Json; taints?: Json }, given: Given): { eligible: boolean; score: number } {
  const request = parsePlacement(columnsOf(given))
  const marks = parseMarks(worker)
  if (request === undefined || marks === undefined) throw new Error('The case is malformed.')
  return {
    eligible: eligible(marks.labels, marks.taints, request),
    score: score(marks.labels, marks.taints, [request]),
  }
}

const gpuTaint = [{ key: 'gpu', value: 'true', effect: 'no_schedule' }]

describe('a worker', () => {
  test.each<[string, JsonObject, Given, boolean]>([
    ['with the selected label', { labels: { zone: 'a' } }, { selector: { zone: 'a' } }, true],
    [
      'without one of the selected labels',
      { labels: { zone: 'a' } },
      { selector: { zone: 'a', gpu: 'x' } },
      false,
    ],
    ['with the label in another case', { labels: { zone: 'A' } }, { selector: { zone: 'a' } }, false],
    ['with a selected label named like a member of objects', {}, { selector: { constructor: 'a' } }, false],
    ['with an untolerated taint', { taints: gpuTaint }, {}, false],
    ['with a taint without effect', { taints: [{ key: 'gpu' }] }, {}, false],
    [
      'with a taint tolerated by value',
      { taints: gpuTaint },
      { tolerations: [{ key: 'gpu', operator: 'equal', value: 'true' }] },
      true,
    ],
    [
      'with a taint of another value',
      { taints: gpuTaint },
      { tolerations: [{ key: 'gpu', value: 'false' }] },
      false,
    ],
    [
      'with a taint of a value, none tolerated',
      { taints: gpuTaint },
      { tolerations: [{ key: 'gpu' }] },
      false,
    ],
    [
      'with a taint without value, none tolerated',
      { taints: [{ key: 'gpu' }] },
      { tolerations: [{ key: 'gpu' }] },
      true,
    ],
    [
      'with null for what is left out',
      { taints: [{ key: 'gpu', value: null, effect: null }] },
      { tolerations: [{ key: 'gpu', operator: null, value: null, effect: null }] },
      true,
    ],
    [
      'with a taint tolerated whatever its value',
      { taints: gpuTaint },
      { tolerations: [{ key: 'gpu', operator: 'exists', value: 'no' }] },
      true,
    ],
    [
      'with a taint tolerated for another effect',
      { taints: gpuTaint },
      { tolerations: [{ key: 'gpu', operator: 'exists', effect: 'prefer_no_schedule' }] },
      false,
    ],
    [
      'with a taint tolerated for its effect',
      { taints: gpuTaint },
      { tolerations: [{ key: 'gpu', operator: 'exists', effect: 'no_schedule' }] },
      true,
    ],
    [
      'with another key than tolerated',
      { taints: gpuTaint },
      { tolerations: [{ key: 'GPU', operator: 'exists' }] },
      false,
    ],
    ['that only would rather not', { taints: [{ key: 'gpu', effect: 'prefer_no_schedule' }] }, {}, true],
    [
      'with two taints, one tolerated',
      { taints: [{ key: 'a' }, { key: 'b' }] },
      { tolerations: [{ key: 'a' }] },
      false,
    ],
    ['without a label that must not be of a value', {}, required(expression('zone', 'not_in', ['a'])), true],
    [
      'with a label that must not be of its value',
      { labels: { zone: 'a' } },
      required(expression('zone', 'not_in', ['a'])),
      false,
    ],
    ['without a label that must be of a value', {}, required(expression('zone', 'in', ['a'])), false],
    [
      'with a label of one of the values',
      { labels: { zone: 'b' } },
      required(expression('zone', 'in', ['a', 'b'])),
      true,
    ],
    ['without a label that must exist', {}, required(expression('zone', 'exists')), false],
    [
      'without a label named like a member of objects',
      {},
      required(expression('constructor', 'exists')),
      false,
    ],
    ['with a label that must exist', { labels: { zone: 'a' } }, required(expression('zone', 'exists')), true],
    ['without a label that must not exist', {}, required(expression('zone', 'does_not_exist')), true],
    [
      'with a label that must not exist',
      { labels: { zone: 'a' } },
      required(expression('zone', 'does_not_exist', [])),
      false,
    ],
    [
      'that one of two terms describes',
      { labels: { zone: 'b' } },
      { affinity: { required: [{ match_labels: { zone: 'a' } }, { match_labels: { zone: 'b' } }] } },
      true,
    ],
    [
      'that half a term describes',
      { labels: { zone: 'a' } },
      {
        affinity: {
          required: [{ match_labels: { zone: 'a' }, match_expressions: [expression('disk', 'exists')] }],
        },
      },
      false,
    ],
    ['when no term is required', {}, { affinity: { required: [] } }, true],
    ['described by an empty term', {}, { affinity: { required: [{}] } }, true],
    ['shunned by an empty term', {}, { affinity: { anti_affinity: [{}] } }, false],
    [
      'shunned by a term',
      { labels: { zone: 'a' } },
      { affinity: { anti_affinity: [{ match_labels: { zone: 'a' } }] } },
      false,
    ],
    [
      'of any kind when nothing is asked',
      { labels: { zone: 'a' } },
      { selector: {}, tolerations: [], affinity: {} },
      true,
    ],
  ])('%s', (_, worker, given, expected) => {
    expect(judge(worker, given).eligible).toBe(expected)
  })
})

function expression(key: string, operator: string, values?: string[]): JsonObject {
  return values === undefined ? { key, operator } : { key, operator, values }
}

function required(one: JsonObject): Given {
  return { affinity: { required: [{ match_expressions: [one] }] } }
}

describe('the score', () => {
  const preferred = [
    { weight: 50, preference: { match_labels: { zone: 'a' } } },
    { weight: 10, preference: { match_labels: { disk: 'hdd' } } },
    { preference: { match_labels: { rack: '1' } } },
  ]

  test('adds up the weights of what fits; a weight is 1 unless given', () => {
    expect(judge({ labels: { zone: 'a', disk: 'ssd' } }, { affinity: { preferred } })).toEqual({
      eligible: true,
      score: 50,
    })
    expect(judge({ labels: { zone: 'a', disk: 'hdd', rack: '1' } }, { affinity: { preferred } }).score).toBe(
      61,
    )
    expect(judge({}, { affinity: { preferred } }).score).toBe(0)
  })

  test('loses 100 for each taint that would rather not and is not tolerated', () => {
    const taints = ['a', 'b'].map((key) => ({ key, effect: 'prefer_no_schedule' }))

    expect(judge({ taints }, {})).toEqual({ eligible: true, score: -200 })
    expect(judge({ taints }, { tolerations: [{ key: 'a' }] }).score).toBe(-100)
    expect(judge({ taints, labels: { zone: 'a' } }, { affinity: { preferred } }).score).toBe(-150)
  })
})

describe('placement values that are saved', () => {
  test.each<[string, Given, string]>([
    ['a selector that is no object', { selector: ['zone'] }, 'must be an object, not an array'],
    [
      'a label value that is no text',
      { selector: { zone: 1 } },
      'action.worker_selector.zone must be a string',
    ],
    ['a blank label value', { selector: { zone: ' ' } }, 'action.worker_selector.zone must match'],
    [
      'a blank label key',
      { selector: { ' ': 'a' } },
      'action.worker_selector has a name that is not allowed',
    ],
    ['a toleration without a key', { tolerations: [{}] }, 'action.worker_tolerations[0].key is required'],
    [
      'a toleration with a blank key',
      { tolerations: [{ key: '' }] },
      'action.worker_tolerations[0].key must match',
    ],
    [
      'an unknown operator',
      { tolerations: [{ key: 'a', operator: 'Equal' }] },
      'action.worker_tolerations[0].operator must be one of "equal", "exists"',
    ],
    [
      'an unknown effect',
      { tolerations: [{ key: 'a', effect: 'no_execute' }] },
      'action.worker_tolerations[0].effect must be one of',
    ],
    ['a misspelt name', { affinity: { requierd: [] } }, 'action.worker_affinity.requierd is not known'],
    [
      'a weight of 0',
      { affinity: { preferred: [{ weight: 0, preference: {} }] } },
      'action.worker_affinity.preferred[0].weight must be at least 1',
    ],
    [
      'a weight above 100',
      { affinity: { preferred: [{ weight: 101, preference: {} }] } },
      'action.worker_affinity.preferred[0].weight must be at most 100',
    ],
    [
      'a preference without a term',
      { affinity: { preferred: [{}] } },
      'action.worker_affinity.preferred[0].preference is required',
    ],
    [
      'an expression without values',
      required(expression('a', 'in')),
      'action.worker_affinity.required[0].match_expressions[0].values is required',
    ],
    [
      'an expression with no values',
      required(expression('a', 'not_in', [])),
      'action.worker_affinity.required[0].match_expressions[0].values must have at least 1 item',
    ],
    [
      'an expression with needless values',
      required(expression('a', 'exists', ['x'])),
      'action.worker_affinity.required[0].match_expressions[0].values must have at most 0 items',
    ],
  ])('are refused for %s', (_, given, message) => {
    const problems = checkPlacement(columnsOf(given), 'action')

    expect(problems.map((one) => `${one.field} ${one.message}`)).toEqual([expect.stringContaining(message)])
    expect(parsePlacement(columnsOf(given))).toBeUndefined()
  })

  test('may ask for nothing, in any way', () => {
    for (const given of [{}, { selector: {}, tolerations: [], affinity: {} }, { affinity: { required: [] } }])
      expect(checkPlacement(columnsOf(given), '')).toEqual([])
  })

  const word = fc.constantFrom<Json>('a', '', ' ', 'in', 'exists', 'equal', 'no_schedule', 1, 0, null, true)
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof<[fc.Arbitrary<Json>, ...fc.Arbitrary<Json>[]]>(
      { maxDepth: 5 },
      word,
      fc.array(tie('json'), { maxLength: 2 }),
      fc.dictionary(
        fc.constantFrom(
          'key',
          'operator',
          'value',
          'values',
          'effect',
          'required',
          'preferred',
          'weight',
          'preference',
          'anti_affinity',
          'match_labels',
          'match_expressions',
        ),
        tie('json'),
        { maxKeys: 3 },
      ),
    ),
  }))

  test('are read exactly when they pass the check', () => {
    fc.assert(
      fc.property(json, json, json, (selector, tolerations, affinity) => {
        const columns = columnsOf({ selector, tolerations, affinity })
        expect(parsePlacement(columns) !== undefined).toBe(checkPlacement(columns, '').length === 0)
      }),
      { numRuns: 300 },
    )
  })
})

test('a worker whose labels or taints cannot be read has no marks at all', () => {
  for (const capabilities of [
    { labels: 'zone=a' },
    { labels: { zone: 1 } },
    { taints: { key: 'a' } },
    { taints: [{ key: 'a', effect: 'never' }] },
    { taints: [{}] },
  ])
    expect(parseMarks(capabilities), JSON.stringify(capabilities)).toBeUndefined()

  expect(parseMarks({})).toEqual({ labels: {}, taints: [] })
  expect(parseMarks(null)).toEqual({ labels: {}, taints: [] })
})
