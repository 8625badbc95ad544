import type { DispatchHolder } from './overdue.ts'
import { staleAfterSeconds } from './unschedulable.ts'

/** What becomes of executions that a worker has not begun in time. */
export type UnclaimedVerdict =
  /** It lives and is busy: they wait their turn. */
  | 'wait'
  /** It lives and has room: the dispatch is lost, so it is told again. */
  | 'say_again'
  /** It is gone: they go to another worker. */
  | 'take_back'

/** Decides from the worker's row alone. A worker that does not state its capacity is taken to have room. */
export function judgeHolder({
  status,
  heartbeat_age_seconds,
  capacity,
  running,
}: DispatchHolder): UnclaimedVerdict {
  const beats = heartbeat_age_seconds !== null && heartbeat_age_seconds <= staleAfterSeconds
  if ((status !== 'active' && status !== 'busy') || !beats) return 'take_back'
  return capacity !== null && running >= capacity ? 'wait' : 'say_again'
}
