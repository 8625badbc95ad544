import { type TSchema, Type } from 'typebox'
import { nullable } from '../../database/row.ts'

/** The vocabulary of bodies that make and change things. A field that is not known is refused. */
export const closed = { additionalProperties: false } as const

export const shortText = Type.String({ minLength: 1, maxLength: 255 })
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

/** A deletion that was done. */
export const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })
