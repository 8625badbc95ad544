import { type Static, Type } from 'typebox'
import { anyJson } from '../../../database/row.ts'
import type { JsonObject } from '../../../json.ts'

/** A mistyped field is refused: a rule without its conditions would fire on every event. */
const closed = { additionalProperties: false } as const
const name = { minLength: 1, maxLength: 255 }
/** Null is the same as not given. */
const text = Type.Unsafe<string | null>({ type: ['string', 'null'] })
const shortText = Type.Unsafe<string | null>({ type: ['string', 'null'], ...name })
const flag = Type.Unsafe<boolean | null>({ type: ['boolean', 'null'] })
const object = (description: string) =>
  Type.Optional(Type.Unsafe<JsonObject | null>({ type: ['object', 'null'], description }))

const content = {
  description: Type.Optional(text),
  conditions: Type.Optional(
    Type.Unsafe<Static<typeof anyJson>>({
      ...anyJson,
      description:
        '`{"expression": "…"}`, an array of `{"field", "operator", "value"}` that must all hold, or empty.',
    }),
  ),
  action_params: object(
    'Parameters of the action; strings may hold templates such as `{{ event.payload.name }}`.',
  ),
  trigger_params: object('Parameters of the trigger, for the sensor that watches.'),
  permission_set_refs: Type.Optional(
    Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'What executions may do through the API: null as the action says, `[]` nothing.',
    }),
  ),
  enabled: Type.Optional(flag),
}

/** The body of a new rule. */
export const CreateRule = Type.Object(
  {
    ref: Type.String({ ...name, description: 'pack.name in lower case.' }),
    pack_ref: Type.String({
      ...name,
      description: 'The pack that the rule belongs to; its config feeds templates.',
    }),
    label: Type.String(name),
    action_ref: Type.String(name),
    trigger_ref: Type.String(name),
    ...content,
  },
  { ...closed, title: 'CreateRule' },
)
export type CreateRule = Static<typeof CreateRule>

/** The body of a change: what is not given stays. */
export const UpdateRule = Type.Object(
  {
    label: Type.Optional(shortText),
    action_ref: Type.Optional(shortText),
    trigger_ref: Type.Optional(shortText),
    ...content,
  },
  { ...closed, title: 'UpdateRule' },
)
export type UpdateRule = Static<typeof UpdateRule>
