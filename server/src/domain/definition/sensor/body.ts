import { type Static, Type } from 'typebox'
import { anyJson, anyObject } from '../../../database/row.ts'
import { closed, given, patchOf, shortText } from '../../schema/body-fields.ts'
import { changedRetention, entrypoint, newRetention, placement } from '../form/fields.ts'

/** The body of a new sensor. */
export const CreateSensor = Type.Object(
  {
    ref: Type.String({ minLength: 1, maxLength: 255, description: 'pack.name in lower case.' }),
    pack_ref: shortText,
    label: shortText,
    description: given(Type.String()),
    entrypoint: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'A file in `sensors/` of the pack.',
    }),
    runtime_ref: shortText,
    trigger_ref: Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'The trigger that it serves from now on, if no other sensor serves it.',
    }),
    param_schema: Type.Optional(anyJson),
    config: given(anyObject),
    ...placement,
    enabled: given(Type.Boolean()),
    ...newRetention,
  },
  { ...closed, title: 'CreateSensor' },
)
export type CreateSensor = Static<typeof CreateSensor>

/** The body of a change: what is not given, or null, stays. */
export const UpdateSensor = Type.Object(
  {
    label: given(shortText),
    description: given(Type.String()),
    entrypoint: given(entrypoint),
    param_schema: patchOf(anyJson),
    ...placement,
    enabled: given(Type.Boolean()),
    ...changedRetention,
  },
  { ...closed, title: 'UpdateSensor' },
)
export type UpdateSensor = Static<typeof UpdateSensor>
