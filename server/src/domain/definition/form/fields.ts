import { type TSchema, Type } from 'typebox'
import { anyJson, anyObject, nullable, oneOf } from '../../../database/row.ts'

/** The vocabulary of bodies that make and change definitions. A field that is not known is refused. */
export const closed = { additionalProperties: false } as const

export const shortText = Type.String({ minLength: 1, maxLength: 255 })
export const entrypoint = Type.String({ minLength: 1, maxLength: 1024 })
/** Null is the same as not given. */
export const given = <T extends TSchema>(schema: T) => Type.Optional(nullable(schema))

/** A change of what may be nothing: `{"op": "set", "value": …}` or `{"op": "clear"}`. */
export const patchOf = <T extends TSchema>(value: T) =>
  given(
    Type.Union([
      Type.Object({ op: Type.Literal('set'), value }, closed),
      Type.Object({ op: Type.Literal('clear') }, closed),
    ]),
  )

export type Patch<Value> = { op: 'set'; value: Value } | { op: 'clear' } | null | undefined

/** The value after a change; what is not changed stays. */
export function patched<Value>(patch: Patch<Value>, before: Value | null): Value | null {
  if (patch === null || patch === undefined) return before
  return patch.op === 'set' ? patch.value : null
}

const retentionPolicy = oneOf(['versions', 'days', 'hours', 'minutes'])
export const atLeastOne = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })

/** How long logs and artifacts are kept, in a body that makes something. */
export const newRetention = {
  artifact_retention_policy: given(retentionPolicy),
  artifact_retention_limit: given(atLeastOne),
  log_retention_policy: given(retentionPolicy),
  log_retention_limit: given(atLeastOne),
}

/** The same in a body that changes something. */
export const changedRetention = {
  artifact_retention_policy: patchOf(retentionPolicy),
  artifact_retention_limit: patchOf(atLeastOne),
  log_retention_policy: patchOf(retentionPolicy),
  log_retention_limit: patchOf(atLeastOne),
}

/** Where a program may run: labels a worker must have, taints it tolerates, what it prefers. */
export const placement = {
  worker_selector: given(anyObject),
  worker_tolerations: given(Type.Array(anyJson)),
  worker_affinity: given(anyObject),
}

/** A deletion that was done. */
export const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })
