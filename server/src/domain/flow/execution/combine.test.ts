import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../json.ts'
import { checkNarrowing, combine } from './combine.ts'
import {
  eligible,
  parseMarks,
  parsePlacement,
  type PlacementColumns,
  unfitPart,
} from '../../definition/form/placement.ts'

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

const gpu = { key: 'gpu', operator: 'exists' }
const tainted = [{ key: 'gpu' }]

/** A worker, what the action asks for, what the caller adds, and whether it runs there. */
type Case = { worker: { labels?: Json; taints?: Json }; action: Given; caller: Given; runs: boolean }

test.each<[string, Case]>([
  [
    'adds a label',
    {
      worker: { labels: { zone: 'a', disk: 'ssd' } },
      action: { selector: { zone: 'a' } },
      caller: { selector: { disk: 'ssd' } },
      runs: true,
    },
  ],
  [
    'drops no label',
    {
      worker: { labels: { disk: 'ssd' } },
      action: { selector: { zone: 'a' } },
      caller: { selector: { disk: 'ssd' } },
      runs: false,
    },
  ],
  [
    'drops no label by an empty selector',
    { worker: {}, action: { selector: { zone: 'a' } }, caller: { selector: {} }, runs: false },
  ],
  [
    'contradicts no label',
    {
      worker: { labels: { zone: 'b' } },
      action: { selector: { zone: 'a' } },
      caller: { selector: { zone: 'b' } },
      runs: false,
    },
  ],
  [
    'tolerates nothing that the action does not',
    { worker: { taints: tainted }, action: {}, caller: { tolerations: [gpu] }, runs: false },
  ],
  [
    'keeps the tolerations of the action',
    {
      worker: { taints: tainted },
      action: { tolerations: [gpu] },
      caller: { selector: {} },
      runs: true,
    },
  ],
  [
    'gives up a toleration',
    {
      worker: { taints: tainted },
      action: { tolerations: [gpu] },
      caller: { tolerations: [] },
      runs: false,
    },
  ],
  [
    'is kept out where the action is',
    {
      worker: { labels: { zone: 'a' } },
      action: { affinity: { anti_affinity: [{ match_labels: { zone: 'a' } }] } },
      caller: { affinity: { required: [{ match_labels: { zone: 'a' } }] } },
      runs: false,
    },
  ],
  [
    'requires only besides what the action requires',
    {
      worker: { labels: { zone: 'a' } },
      action: { affinity: { required: [{ match_labels: { disk: 'ssd' } }] } },
      caller: { affinity: { required: [{ match_labels: { zone: 'a' } }] } },
      runs: false,
    },
  ],
])('a caller %s', (_, { worker: { labels = {}, taints = [] }, action, caller, runs }) => {
  expect(admitsAll(marksOf(labels, taints), action, caller)).toBe(runs)
})

const word = fc.constantFrom('a', 'b', 'constructor', '__proto__')
const anyLabels = fc.dictionary(word, word, { maxKeys: 3 })
const effect = fc.constantFrom(null, 'no_schedule', 'prefer_no_schedule')
const value = fc.option(word)
const anyTaints = fc.array(fc.record({ key: word, value, effect }), { maxLength: 3 })
const toleration = fc.record({ key: word, operator: fc.constantFrom(null, 'equal', 'exists'), value, effect })
const term = fc.record({ match_labels: anyLabels })
const affinity = fc.record(
  { required: fc.array(term, { maxLength: 2 }), anti_affinity: fc.array(term, { maxLength: 2 }) },
  { requiredKeys: [] },
)
const wishes = fc.record({
  selector: fc.option(anyLabels),
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
    fc.property(anyLabels, anyTaints, anything, anything, (own, marked, action, caller) => {
      const marks = marksOf(own, marked)
      const alone = admits(marks, columnsOf(action))
      expect(alone || !admitsAll(marks, action, caller)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('what asks for nothing changes nothing', () => {
  fc.assert(
    fc.property(anyLabels, anyTaints, wishes as fc.Arbitrary<Given>, (own, marked, action) => {
      const marks = marksOf(own, marked)
      expect(admitsAll(marks, action, {})).toBe(admits(marks, columnsOf(action)))
      expect(combine(columnsOf(action), columnsOf({}))).toHaveLength(1)
    }),
  )
})

test('tolerations that pass the check tolerate nothing that the action does not', () => {
  fc.assert(
    fc.property(anyTaints, wishes, wishes, (marked, action, caller) => {
      const [ours, theirs] = [
        { tolerations: action.tolerations },
        { tolerations: caller.tolerations },
      ] as Given[]
      if (checkNarrowing(columnsOf(theirs ?? {}), columnsOf(ours ?? {})).length > 0) return
      const keptOff = (given: Given = {}) => {
        const request = parsePlacement(columnsOf(given))
        return request !== undefined && unfitPart({}, marksOf({}, marked).taints, request) === 'taints'
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
