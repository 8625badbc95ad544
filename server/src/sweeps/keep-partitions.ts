import { ensurePartitions } from '../database/partitions.ts'
import type { Sweep } from './sweep.ts'

/** Days for which partitions are made ahead. */
export const DAYS_AHEAD = 7

/** Keeps the partitions of the coming days in place. */
export const keepPartitions: Sweep = {
  name: 'keep_partitions',
  interval_seconds: 3600,
  run: (tx) => ensurePartitions(tx, DAYS_AHEAD),
}
