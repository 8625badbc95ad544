import { type Static, Type } from 'typebox'
import { anyJson, id, nullable, timestamp } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { distinctRefs } from '../../access/permission/delegation.ts'
import { define } from '../form/definition.ts'
import {
  createBody,
  dates,
  decided,
  detailOf,
  hidden,
  kept,
  ref,
  rowSchema,
  summaryOf,
  textsOf,
  unlisted,
  updateBody,
} from '../form/field.ts'
import { flag, textOrTexts } from '../form/file-key.ts'

const name = { minLength: 1, maxLength: 255 }
/** Null is the same as not given. */
const maybe = <Value>(type: string, more: object = {}) =>
  Type.Optional(Type.Unsafe<Value | null>({ type: [type, 'null'], ...more }))

const needed = {
  row: Type.String(),
  create: Type.String(name),
  update: maybe<string>('string', name),
  filled: 'given' as const,
}
const parameters = (description: string) => {
  const given = maybe<JsonObject>('object', { description })
  return { row: nullable(anyJson), create: given, update: given, filled: 'given' as const, otherwise: {} }
}

const text = maybe<string>('string')
const enabled = maybe<boolean>('boolean')
const conditions = Type.Optional(
  Type.Unsafe<Json>({
    ...anyJson,
    description:
      '`{"expression": "…"}`, an array of `{"field", "operator", "value"}` that must all hold, or empty.',
  }),
)
const setRefs = maybe<string[]>('array', {
  items: { type: 'string' },
  description: 'What executions may do through the API: null as the action says, `[]` nothing.',
})

/**
 * When events of a trigger become executions of an action. Its bodies are closed: a rule whose conditions are mistyped
 * would fire on every event.
 */
export const rule = define({
  kind: 'rule',
  resource: 'rules',
  table: {
    from: sql`rule d`,
    insert: sql`insert into rule as d`,
    update: sql`update rule d set`,
    delete: sql`delete from rule d`,
    row: sql`null::rule`,
  },
  origin: { column: 'is_adhoc', of_file: false },
  target: { id: sql`d.id`, ref: sql`d.ref`, pack_ref: sql`d.pack_ref`, owner: sql`d.owner_identity` },
  targetOf: ({ id, ref, pack_ref, owner_identity: owner }) => ({ id, ref, pack_ref, owner }),
  fields: {
    id: kept(id('rule')),
    ref,
    pack: unlisted(kept(id('pack'))),
    pack_ref: {
      row: Type.String(),
      create: Type.String({
        ...name,
        description: 'The pack that the rule belongs to; its config feeds templates.',
      }),
    },
    label: needed,
    description: {
      row: nullable(Type.String()),
      create: text,
      update: text,
      filled: 'given',
      otherwise: null,
    },
    action: unlisted(decided(nullable(id('action')))),
    action_ref: needed,
    trigger: unlisted(decided(nullable(id('trigger')))),
    trigger_ref: needed,
    conditions: unlisted({
      row: anyJson,
      create: conditions,
      update: conditions,
      filled: 'given',
      otherwise: {},
    }),
    action_params: parameters(
      'Parameters of the action; strings may hold templates such as `{{ event.payload.name }}`.',
    ),
    trigger_params: parameters('Parameters of the trigger, for the sensor that watches.'),
    permission_set_refs: {
      row: nullable(Type.Array(Type.String())),
      create: setRefs,
      update: setRefs,
      null_counts: true,
      filled: 'given',
      otherwise: null,
      file: {
        permission_set_refs: textOrTexts(
          "What the action may do with the API; the action's own when missing.",
        ),
        permission_set_ref: textOrTexts('Another spelling of permission_set_refs.'),
      },
      tidy: (refs: Json) => (refs === null ? null : distinctRefs(textsOf(refs))),
    },
    enabled: {
      row: Type.Boolean(),
      create: enabled,
      update: enabled,
      filled: 'given',
      otherwise: true,
      file: { enabled: flag('true when missing; afterwards the operator decides.') },
    },
    file_enabled: hidden(kept(nullable(Type.Boolean()))),
    is_adhoc: kept(Type.Boolean()),
    /** In whose name it runs; null: the account is gone, and it starts nothing until somebody takes it over. */
    owner_identity: decided(nullable(id('identity'))),
    /** What bounds it, where an execution made it or changed it. */
    authority_set_refs: decided(nullable(Type.Array(Type.String()))),
    version: unlisted(kept(Type.Integer())),
    last_error: kept(nullable(Type.String())),
    last_error_at: kept(nullable(timestamp)),
    schedule_anchor: hidden(kept(timestamp)),
    ...dates,
  },
})

export const Rule = rowSchema(rule.fields)
export type Rule = Static<typeof Rule>

/** A rule as it is shown. */
export const RuleDetail = Type.Object(detailOf(rule.fields), { title: 'RuleDetail' })

/** A rule in lists. */
export const RuleSummary = Type.Object(summaryOf(rule.fields), { title: 'RuleSummary' })

/** The body of a new rule. */
export const CreateRule = createBody(rule.fields, 'CreateRule')
export type CreateRule = Static<typeof CreateRule>

/** The body of a change: what is not given stays. */
export const UpdateRule = updateBody(rule.fields, 'UpdateRule')
export type UpdateRule = Static<typeof UpdateRule>
