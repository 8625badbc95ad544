import { forgetDedupeKeys } from '../domain/flow/event/queries.ts'
import type { Sweep } from './sweep.ts'

/** Forgets dedupe keys after the seven days they are promised for. */
export const forgetOldDedupeKeys: Sweep = {
  name: 'forget_dedupe_keys',
  interval_seconds: 3600,
  run: forgetDedupeKeys,
}
