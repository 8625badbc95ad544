import { type Static, Type } from 'typebox'
import { anyJson } from '../../../database/row.ts'
import { closed, given, patchOf, shortText } from '../../schema/body-fields.ts'

/** The body of a new trigger. */
export const CreateTrigger = Type.Object(
  {
    ref: Type.String({ minLength: 1, maxLength: 255, description: 'pack.name in lower case.' }),
    pack_ref: given(shortText),
    label: shortText,
    description: given(Type.String()),
    param_schema: Type.Optional(anyJson),
    out_schema: Type.Optional(anyJson),
    enabled: given(Type.Boolean()),
  },
  { ...closed, title: 'CreateTrigger' },
)
export type CreateTrigger = Static<typeof CreateTrigger>

/** The body of a change: what is not given, or null, stays. */
export const UpdateTrigger = Type.Object(
  {
    label: given(shortText),
    description: given(Type.String()),
    param_schema: patchOf(anyJson),
    out_schema: patchOf(anyJson),
    enabled: given(Type.Boolean()),
  },
  { ...closed, title: 'UpdateTrigger' },
)
export type UpdateTrigger = Static<typeof UpdateTrigger>
