import { forgetOld } from './redrive.ts'
import type { Sweep } from './sweep.ts'

/** Drops what sweeps remember of rows that went on long ago. */
export const forgetRedrives: Sweep = { name: 'forget_redrives', interval_seconds: 3600, run: forgetOld }
