import { type Static, Type } from 'typebox'
import { anyJson } from '../../../database/row.ts'
import { closed, given, patchOf, shortText } from '../../schema/body-fields.ts'
import { atLeastOne, changedRetention, entrypoint, newRetention, placement } from '../form/fields.ts'
import { Action } from './action.ts'

const { parameter_delivery, parameter_format, output_format } = Action.properties
const texts = Type.Array(shortText, { maxItems: 100 })

const common = {
  description: given(Type.String()),
  runtime: given(Type.Integer({ description: 'Id of a runtime. Wins over runtime_ref.' })),
  runtime_ref: given(shortText),
  required_worker_runtimes: given(
    Type.Record(Type.String(), Type.String(), {
      description: 'Runtimes by name, each with a version or `*`.',
    }),
  ),
  ...placement,
  accesses_mcp: given(Type.Boolean()),
  default_execution_permission_set_refs: given(texts),
  accepted_env_vars: given(
    Type.Array(shortText, {
      maxItems: 100,
      description: 'Environment variables that whoever starts it may choose; it gets no others from them.',
    }),
  ),
  key_refs: given(
    Type.Array(shortText, {
      maxItems: 100,
      description: 'Keys of the system that it gets. Whoever names one must be allowed to decrypt it.',
    }),
  ),
  parameter_delivery: given(parameter_delivery),
  parameter_format: given(parameter_format),
  output_format: given(output_format),
  max_retries: given(Type.Integer({ minimum: 0, maximum: 1000 })),
}

/** The body of a new action. */
export const CreateAction = Type.Object(
  {
    ref: Type.String({ minLength: 1, maxLength: 255, description: 'pack.name in lower case.' }),
    pack_ref: shortText,
    label: shortText,
    entrypoint: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'A file in `actions/` of the pack; for a shell runtime the script itself.',
    }),
    ...common,
    param_schema: Type.Optional(anyJson),
    out_schema: Type.Optional(anyJson),
    runtime_version_constraint: given(Type.String({ maxLength: 256 })),
    timeout_seconds: given(atLeastOne),
    ...newRetention,
  },
  { ...closed, title: 'CreateAction' },
)
export type CreateAction = Static<typeof CreateAction>

/** The body of a change: what is not given, or null, stays. */
export const UpdateAction = Type.Object(
  {
    label: given(shortText),
    entrypoint: given(entrypoint),
    ...common,
    param_schema: Type.Optional(anyJson),
    out_schema: Type.Optional(anyJson),
    runtime_version_constraint: patchOf(Type.String({ maxLength: 256 })),
    timeout_seconds: patchOf(atLeastOne),
    ...changedRetention,
  },
  { ...closed, title: 'UpdateAction' },
)
export type UpdateAction = Static<typeof UpdateAction>
