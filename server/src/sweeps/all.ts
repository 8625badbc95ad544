import { abandonLost } from './abandon-lost.ts'
import { forgetOldDedupeKeys, forgetRedrives, forgetSessions } from './forget.ts'
import { keepPartitions } from './keep-partitions.ts'
import type { Limits } from './limits.ts'
import { redriveCompletions } from './redrive-completions.ts'
import { redriveDeferred } from './redrive-deferred.ts'
import { redriveDispatches } from './redrive-dispatches.ts'
import { redriveEnforcements } from './redrive-enforcements.ts'
import { redriveEvents } from './redrive-events.ts'
import { redriveRequests, releaseHalfWay } from './redrive-requests.ts'
import { reportStuck } from './report-stuck.ts'
import { reportUnreadableWebhooks } from './report-webhooks.ts'
import { retireSilentWorkers } from './retire-silent-workers.ts'
import { reportFailingSensors, stopOrphanedSensors } from './sensor-processes.ts'
import type { Sweep } from './sweep.ts'
import type { SweepName } from './table.ts'
import { watchOutbox } from './watch-outbox.ts'

/** Every sweep by the name under which the table tells what it looks after. */
export function sweepsOf(limits: Limits): Record<SweepName, Sweep> {
  return {
    redrive_events: redriveEvents(limits),
    redrive_deferred: redriveDeferred(limits),
    redrive_enforcements: redriveEnforcements(limits),
    redrive_requests: redriveRequests(limits),
    release_half_placed: releaseHalfWay(limits),
    redrive_dispatches: redriveDispatches(limits),
    abandon_lost: abandonLost(limits.interval_seconds),
    redrive_completions: redriveCompletions(limits),
    report_stuck: reportStuck(limits),
    watch_outbox: watchOutbox(limits),
    retire_silent_workers: retireSilentWorkers(limits),
    stop_orphaned_sensors: stopOrphanedSensors(limits),
    report_failing_sensors: reportFailingSensors(limits),
    report_unreadable_webhooks: reportUnreadableWebhooks(limits),
    keep_partitions: keepPartitions,
    forget_dedupe_keys: forgetOldDedupeKeys,
    forget_redrives: forgetRedrives,
    forget_sessions: forgetSessions,
  }
}
