import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../json.ts'
import { checkNarrowing, combine } from './combine.ts'
import { eligible, parseMarks, parsePlacement, type PlacementColumns, unfitPart } from './placement.ts'

type Given = { selector?: Json; tolerations?: Json; affinity?: Json }
const columnsOf = ({ selector = null, tolerations = null, affinity = null }: Given): PlacementColumns => ({
  worker_selector: selector,
  worker_tolerations: tolerations,
  worker_affinity: affinity,
})

function marksOf(labels: Json, taints: Json) {
  const marks = parseMarks({ labels, taints })
  if (marks === undefined) throw new Error('The worker is malformed.')
  return marks
}

function admits({ labels, taints }: ReturnType<typeof marksOf>, placement: PlacementColumns): boolean {
  const request = parsePlacement(placement)
  return request !== undefined && eligible(labels, taints, request)
}

const admitsAll = (marks: ReturnType<typeof marksOf>, action: Given, caller: Given) =>
  combine(columnsOf(action), columnsOf(caller)).every((placement) => admits(marks, placement))

describe('a caller', () => {
  const gpu = { key: 'gpu', operator: 'exists' }
  test.each<[string, Json, Json, Given, Given, boolean]>([
    [
      'adds a label',
      { zone: 'a', disk: 'ssd' },
      [],
      { selector: { zone: 'a' } },
      { selector: { disk: 'ssd' } },
      true,
    ],
    [
      'drops no label',
      { disk: 'ssd' },
      [],
      { selector: { zone: 'a' } },
      { selector: { disk: 'ssd' } },
      false,
    ],
    ['drops no label by an empty selector', {}, [], { selector: { zone: 'a' } }, { selector: {} }, false],
    ['contradicts', { zone: 'b' }, [], { selector: { zone: 'a' } }, { selector: { zone: 'b' } }, false],
    ['tolerates what the action does not', {}, [{ key: 'gpu' }], {}, { tolerations: [gpu] }, false],
    [
      'keeps the tolerations of the action',
      {},
      [{ key: 'gpu' }],
      { tolerations: [gpu] },
      { selector: {} },
      true,
    ],
    ['gives up a toleration', {}, [{ key: 'gpu' }], { tolerations: [gpu] }, { tolerations: [] }, false],
    [
      'keeps out where the action does',
      { zone: 'a' },
      [],
      { affinity: { anti_affinity: [{ match_labels: { zone: 'a' } }] } },
      { affinity: { required: [{ match_labels: { zone: 'a' } }] } },
      false,
    ],
    [
      'requires besides what the action requires',
      { zone: 'a' },
      [],
      { affinity: { required: [{ match_labels: { disk: 'ssd' } }] } },
      { affinity: { required: [{ match_labels: { zone: 'a' } }] } },
      false,
    ],
  ])('%s', (_, labels, taints, action, caller, expected) => {
    expect(admitsAll(marksOf(labels, taints), action, caller)).toBe(expected)
  })
})

const word = fc.constantFrom('a', 'b', 'constructor', '__proto__')
const labels = fc.dictionary(word, word, { maxKeys: 3 })
const effect = fc.constantFrom(null, 'no_schedule', 'prefer_no_schedule')
const value = fc.option(word)
const taints = fc.array(fc.record({ key: word, value, effect }), { maxLength: 3 })
const toleration = fc.record({ key: word, operator: fc.constantFrom(null, 'equal', 'exists'), value, effect })
const term = fc.record({ match_labels: labels })
const affinity = fc.record(
  { required: fc.array(term, { maxLength: 2 }), anti_affinity: fc.array(term, { maxLength: 2 }) },
  { requiredKeys: [] },
)
const wishes = fc.record({
  selector: fc.option(labels),
  tolerations: fc.option(fc.array(toleration, { maxLength: 3 })),
  affinity: fc.option(affinity),
})
const anything: fc.Arbitrary<Given> = fc.oneof(
  wishes as fc.Arbitrary<Given>, // plain data
  fc.record({
    selector: fc.jsonValue(),
    tolerations: fc.jsonValue(),
    affinity: fc.jsonValue(),
  }) as fc.Arbitrary<Given>,
)

test('no caller, whatever they ask for, is let in where the action alone would not be', () => {
  fc.assert(
    fc.property(labels, taints, anything, anything, (own, marked, action, caller) => {
      const marks = marksOf(own, marked as Json)
      const alone = admits(marks, columnsOf(action))
      expect(alone || !admitsAll(marks, action, caller)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('what asks for nothing changes nothing', () => {
  fc.assert(
    fc.property(labels, taints, wishes as fc.Arbitrary<Given>, (own, marked, action) => {
      const marks = marksOf(own, marked as Json)
      expect(admitsAll(marks, action, {})).toBe(admits(marks, columnsOf(action)))
      expect(combine(columnsOf(action), columnsOf({}))).toHaveLength(1)
    }),
  )
})

test('tolerations that pass the check tolerate nothing that the action does not', () => {
  fc.assert(
    fc.property(taints, wishes, wishes, (marked, action, caller) => {
      const [ours, theirs] = [
        { tolerations: action.tolerations },
        { tolerations: caller.tolerations },
      ] as Given[]
      if (checkNarrowing(columnsOf(theirs ?? {}), columnsOf(ours ?? {})).length > 0) return
      const keptOff = (given: Given = {}) => {
        const request = parsePlacement(columnsOf(given))
        return (
          request !== undefined && unfitPart({}, marksOf({}, marked as Json).taints, request) === 'taints'
        )
      }
      expect(!keptOff(ours) || keptOff(theirs)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('what contradicts the action is told by its field', () => {
  const action = columnsOf({ selector: { zone: 'a' }, tolerations: [{ key: 'gpu', value: 'x' }] })
  const fieldsOf = (given: Given) => checkNarrowing(columnsOf(given), action).map(({ field }) => field)

  expect(fieldsOf({ selector: { zone: 'b', constructor: 'x' } })).toEqual(['worker_selector.zone'])
  expect(
    fieldsOf({ selector: { zone: 'a', disk: 'ssd' }, tolerations: [{ key: 'gpu', value: 'x' }] }),
  ).toEqual([])
  expect(fieldsOf({ tolerations: [{ key: 'gpu', operator: 'exists' }, { key: 'vault' }] })).toEqual([
    'worker_tolerations[0]',
    'worker_tolerations[1]',
  ])
})
