import { type Static, Type } from 'typebox'
import { anyJson, anyObject } from '../../../database/row.ts'
import { closed, given, patchOf, shortText } from '../../schema/body-fields.ts'

const Version = Type.Object(
  {
    version: Type.String({ minLength: 1, maxLength: 100, description: 'Such as 3.12.' }),
    is_default: given(Type.Boolean({ description: 'Used by actions that do not ask for a version.' })),
    distributions: given(anyObject),
    execution_config: given(anyObject),
    meta: given(anyObject),
  },
  closed,
)
export type NewVersion = Static<typeof Version>

const common = {
  description: given(Type.String()),
  aliases: given(
    Type.Array(shortText, { maxItems: 50, description: 'Other names that workers know it by.' }),
  ),
  distributions: given(anyObject),
  execution_config: given({ ...anyObject, description: 'How programs are started by it.' }),
  versions: given(
    Type.Array(Version, {
      maxItems: 200,
      description: 'All there are; those that exist stay when it is missing.',
    }),
  ),
}

/** The body of a new runtime. */
export const CreateRuntime = Type.Object(
  {
    ref: Type.String({ minLength: 1, maxLength: 255, description: 'In lower case.' }),
    pack_ref: given(shortText),
    name: shortText,
    installation: Type.Optional(anyJson),
    ...common,
  },
  { ...closed, title: 'CreateRuntime' },
)
export type CreateRuntime = Static<typeof CreateRuntime>

/** The body of a change: what is not given, or null, stays. */
export const UpdateRuntime = Type.Object(
  { name: given(shortText), installation: patchOf(anyJson), ...common },
  { ...closed, title: 'UpdateRuntime' },
)
export type UpdateRuntime = Static<typeof UpdateRuntime>
