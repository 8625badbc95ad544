import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { compileParameterSchema } from '../../schema/compile.ts'

const notBlank = { type: 'string', pattern: '\\S', maxLength: 255 } as const
const key = Type.String(notBlank)
const labelMap = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: notBlank,
  additionalProperties: notBlank,
  maxProperties: 64,
})
const taintValue = (says: object = {}) =>
  Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 255, ...says }))
const taintEffect = (says: object = {}) =>
  Type.Optional(
    Type.Unsafe<'no_schedule' | 'prefer_no_schedule' | null>({
      enum: ['no_schedule', 'prefer_no_schedule', null],
      ...says,
    }),
  )
const closed = { additionalProperties: false } as const

/** Labels that a worker must have, all of them and exactly so. */
export const workerSelector = labelMap

/** A mark that keeps executions away unless they tolerate it. No effect means `no_schedule`. */
const workerTaint = Type.Object({ key, value: taintValue(), effect: taintEffect() }, closed)

/** What an execution puts up with. No effect means any; there is no wildcard for keys. */
const workerToleration = Type.Object(
  {
    key,
    operator: Type.Optional(
      Type.Unsafe<'equal' | 'exists' | null>({
        enum: ['equal', 'exists', null],
        description: 'equal when missing.',
      }),
    ),
    value: taintValue({ description: 'For equal.' }),
    effect: taintEffect({ description: 'Any when missing.' }),
  },
  closed,
)

/** `in` and `not_in` need values, the others must have none. */
const labelExpression = Type.Object(
  {
    key,
    operator: Type.Enum(['in', 'not_in', 'exists', 'does_not_exist']),
    values: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 256 })),
  },
  {
    ...closed,
    if: { properties: { operator: { enum: ['in', 'not_in'] } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ['values'], properties: { values: { minItems: 1 } } },
    else: { properties: { values: { maxItems: 0 } } },
  },
)

/** A description of workers: all its parts must hold, so that an empty one holds for every worker. */
const selectorTerm = Type.Object(
  {
    match_labels: Type.Optional(labelMap),
    match_expressions: Type.Optional(Type.Array(labelExpression, { maxItems: 64 })),
  },
  closed,
)

const preferredTerm = Type.Object(
  { weight: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })), preference: selectorTerm },
  closed,
)

const terms = Type.Optional(Type.Array(selectorTerm, { maxItems: 64 }))

export const workerAffinity = Type.Object(
  {
    required: terms,
    preferred: Type.Optional(Type.Array(preferredTerm, { maxItems: 64 })),
    anti_affinity: terms,
  },
  closed,
)

export const workerTolerations = Type.Array(workerToleration, { maxItems: 64 })
const workerTaints = Type.Array(workerTaint, { maxItems: 64 })

/** Any effect but `prefer_no_schedule` keeps executions away. */
export type Taint = { key: string; value?: string | null; effect?: string | null }
export type Labels = Readonly<Record<string, string>>
export type Toleration = Static<typeof workerToleration>
type Affinity = Static<typeof workerAffinity>
type Term = Static<typeof selectorTerm>
type LabelExpression = Static<typeof labelExpression>

/** Where an execution wants to run, as stored: null and empty values ask for nothing. */
export type PlacementColumns = { worker_selector: Json; worker_tolerations: Json; worker_affinity: Json }

export type PlacementRequest = {
  selector: Readonly<Record<string, string>>
  tolerations: readonly Toleration[]
  affinity: Affinity
}

const columns = {
  worker_selector: Compile(workerSelector),
  worker_tolerations: Compile(workerTolerations),
  worker_affinity: Compile(workerAffinity),
}
const taints = Compile(workerTaints)
const labels = Compile(labelMap)

const explained = compileParameterSchema({
  type: 'object',
  properties: {
    worker_selector: asJson(workerSelector),
    worker_tolerations: asJson(workerTolerations),
    worker_affinity: asJson(workerAffinity),
  },
})

function asJson(schema: object): JsonObject {
  const copy: unknown = JSON.parse(JSON.stringify(schema))
  return isJsonObject(copy) ? copy : {}
}

/** What is wrong with placement values that somebody wants to save; fields are dotted paths below `prefix`. */
export function checkPlacement(given: PlacementColumns, prefix: string): FieldProblem[] {
  return explained.validate(
    {
      worker_selector: given.worker_selector,
      worker_tolerations: given.worker_tolerations,
      worker_affinity: given.worker_affinity,
    },
    prefix,
  )
}

/** Reads stored values; `undefined` if one is malformed, which must place nowhere rather than anywhere. */
export function parsePlacement(stored: PlacementColumns): PlacementRequest | undefined {
  const selector = stored.worker_selector ?? {}
  const tolerations = stored.worker_tolerations ?? []
  const affinity = stored.worker_affinity ?? {}
  if (!columns.worker_selector.Check(selector)) return undefined
  if (!columns.worker_tolerations.Check(tolerations)) return undefined
  if (!columns.worker_affinity.Check(affinity)) return undefined
  return { selector, tolerations, affinity }
}

/** Reads what a worker says of itself; `undefined` if malformed, because a lost taint would open the worker. */
export function parseMarks(capabilities: Json): { labels: Labels; taints: readonly Taint[] } | undefined {
  const given = isJsonObject(capabilities) ? capabilities : {}
  const labelsGiven = given['labels'] ?? {}
  const taintsGiven = given['taints'] ?? []
  if (!labels.Check(labelsGiven) || !taints.Check(taintsGiven)) return undefined
  return { labels: labelsGiven, taints: taintsGiven }
}

export type PlacementPart = 'selector' | 'taints' | 'affinity'

/** What keeps a worker with these labels and taints from running what asks for this placement; undefined: nothing. */
export function unfitPart(
  labels: Labels,
  taints: readonly Taint[],
  request: PlacementRequest,
): PlacementPart | undefined {
  const { required = [], anti_affinity = [] } = request.affinity
  if (!hasLabels(labels, request.selector)) return 'selector'
  if (taints.some((taint) => effectOf(taint) !== 'prefer_no_schedule' && !isTolerated(taint, request)))
    return 'taints'
  const isNear = required.length === 0 || required.some((term) => describes(term, labels))
  return isNear && !anti_affinity.some((term) => describes(term, labels)) ? undefined : 'affinity'
}

/** Whether a worker with these labels and taints may run what asks for this placement. */
export function eligible(labels: Labels, taints: readonly Taint[], request: PlacementRequest): boolean {
  return unfitPart(labels, taints, request) === undefined
}

/** What an untolerated `prefer_no_schedule` taint costs: as much as the heaviest preference can earn. */
const aversion = 100

/** How much a worker is preferred that is eligible for all of these; the highest wins, whatever its load. */
export function score(
  labels: Labels,
  taints: readonly Taint[],
  requests: readonly PlacementRequest[],
): number {
  const preferred = requests.flatMap(({ affinity }) => affinity.preferred ?? [])
  const liked = preferred.filter(({ preference }) => describes(preference, labels))
  const disliked = taints.filter(
    (taint) =>
      effectOf(taint) === 'prefer_no_schedule' && !requests.every((request) => isTolerated(taint, request)),
  )
  return liked.reduce((sum, { weight = 1 }) => sum + weight, 0) - aversion * disliked.length
}

function effectOf({ effect }: Taint): string {
  return effect ?? 'no_schedule'
}

function isTolerated(taint: Taint, { tolerations }: PlacementRequest): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      key === taint.key &&
      (effect ?? effectOf(taint)) === effectOf(taint) &&
      (operator === 'exists' || (value ?? null) === (taint.value ?? null)),
  )
}

function describes({ match_labels = {}, match_expressions = [] }: Term, labels: Labels): boolean {
  return hasLabels(labels, match_labels) && match_expressions.every((one) => holds(one, labels))
}

function hasLabels(labels: Labels, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labelOf(labels, key) === value)
}

function holds({ key, operator, values = [] }: LabelExpression, labels: Labels): boolean {
  return operators[operator](labelOf(labels, key), values)
}

/** Only what the worker says itself: every object has a member named `constructor`. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

type Operator = (value: string | undefined, values: readonly string[]) => boolean

const operators = {
  in: (value, values) => value !== undefined && values.includes(value),
  not_in: (value, values) => value === undefined || !values.includes(value),
  exists: (value) => value !== undefined,
  does_not_exist: (value) => value === undefined,
} as const satisfies Record<LabelExpression['operator'], Operator>
