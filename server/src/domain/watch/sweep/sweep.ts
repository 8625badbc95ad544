import { type Static, Type } from 'typebox'
import { anyJson, nullable, timestamp } from '../../../database/row.ts'

/** A sweep as its row tells: who runs it, when it last ran, and what it last did or why it failed. */
export const Sweep = Type.Object(
  {
    name: Type.String(),
    holder: nullable(Type.String()),
    expires_at: timestamp,
    last_run_at: nullable(timestamp),
    last_result: nullable(anyJson),
  },
  { title: 'Sweep' },
)
export type Sweep = Static<typeof Sweep>
