/*
 * Every state that something must happen to, who brings it on, how long that may take, and which sweep sees to it when
 * it does not happen. docs/operations/sweeps.md is drawn from it, and a sweep that is not here does not compile.
 */

type SweptState = {
  /** What waits, as `<row> <state>`. */
  state: string
  /** Who normally brings it on. */
  owner: string
  /** The setting, or the fixed time, after which it counts as overdue. */
  deadline: string
  does: string
  /** What looks overdue and rightly waits. */
  exempt: string
}

const redrive = '`maintenance.redrive_after_seconds`'
const told = 'said again a short while ago; its message is among the dead letters, or may wait in a queue'

const sweepTable = {
  redrive_events: [
    {
      state: 'event `undecided`',
      owner: 'sensor',
      deadline: redrive,
      does: 'says EventCreated again',
      exempt: told,
    },
  ],
  redrive_deferred: [
    {
      state: 'event `deferred`',
      owner: 'sensor',
      deadline: redrive,
      does: 'says EventDeferred again for the rules that wait',
      exempt: `the turn of its rules has not come; ${told}`,
    },
  ],
  redrive_enforcements: [
    {
      state: 'enforcement `created`',
      owner: 'executor',
      deadline: redrive,
      does: 'says EnforcementCreated again',
      exempt: told,
    },
  ],
  redrive_requests: [
    {
      state: 'execution `requested`',
      owner: 'executor',
      deadline: redrive,
      does: 'says ExecutionRequested again',
      exempt: `a retry that is not due; one that waits for a worker within \`executor.placement_grace\`; ${told}`,
    },
  ],
  release_half_placed: [
    {
      state: 'execution `scheduling`',
      owner: 'nobody: no step leads there',
      deadline: '30 s',
      does: 'back to `requested`, ExecutionRequested; also `scheduled` without a worker',
      exempt: 'none',
    },
  ],
  redrive_dispatches: [
    {
      state: 'execution `scheduled`',
      owner: 'worker',
      deadline: '`maintenance.scheduled_timeout_seconds`',
      does: 'worker lives and has room: ExecutionDispatched again, and `failed` after `maintenance.execution_remediation_seconds`; worker inactive, silent or gone: back to `requested`, ExecutionRequested',
      exempt: `its worker lives and runs as much as it can; ${told}`,
    },
  ],
  abandon_lost: [
    {
      state: 'execution `running`',
      owner: 'worker',
      deadline: 'the lease, three times `worker.heartbeat_interval`',
      does: 'ends as `abandoned`, ExecutionCompleted',
      exempt: 'its worker renews the lease',
    },
    {
      state: 'execution `canceling`',
      owner: 'worker',
      deadline: 'the lease, three times `worker.heartbeat_interval`',
      does: 'ends, ExecutionCompleted',
      exempt: 'its worker renews the lease',
    },
  ],
  redrive_completions: [
    {
      state: 'execution `ended with tries left`',
      owner: 'executor',
      deadline: redrive,
      does: 'says ExecutionCompleted again',
      exempt: told,
    },
  ],
  report_stuck: [
    {
      state: 'execution `live`',
      owner: 'the sweeps above',
      deadline: '`maintenance.stuck_execution_seconds`',
      does: 'raises an alert for each status',
      exempt: 'runs under a lease; waits until a time that has not come',
    },
  ],
  watch_outbox: [
    {
      state: 'outbox row `unsent`',
      owner: 'every process with the rabbitmq transport',
      deadline: redrive,
      does: 'raises an alert; the relay itself goes on trying',
      exempt: 'not due yet',
    },
  ],
  retire_silent_workers: [
    {
      state: 'worker `active`',
      owner: 'worker, sensor',
      deadline: '`maintenance.worker_silence_seconds` without a heartbeat',
      does: 'inactive until it beats again, and an alert unless it is cordoned',
      exempt: 'none',
    },
  ],
  stop_orphaned_sensors: [
    {
      state: 'sensor process `starting`',
      owner: 'sensor',
      deadline: 'the lease, 90 s',
      does: '`stopped`; another host may start it',
      exempt: 'its host renews the lease',
    },
    {
      state: 'sensor process `running`',
      owner: 'sensor',
      deadline: 'the lease, 90 s',
      does: '`stopped`; another host may start it',
      exempt: 'its host renews the lease',
    },
    {
      state: 'sensor process `backoff`',
      owner: 'sensor',
      deadline: 'the lease, 90 s',
      does: '`stopped`; another host may start it',
      exempt: 'its host renews the lease',
    },
  ],
  report_failing_sensors: [
    {
      state: 'sensor process `failing`',
      owner: 'sensor',
      deadline: '3 failures in a row',
      does: 'raises an alert for each further failure',
      exempt: 'told of this failure already',
    },
  ],
  report_unreadable_webhooks: [
    {
      state: 'webhook `unreadable`',
      owner: 'whoever wrote its configuration',
      deadline: 'none',
      does: 'raises an alert that names what cannot be read; every call is refused meanwhile',
      exempt: 'closed webhooks',
    },
  ],
  keep_partitions: [],
  forget_dedupe_keys: [],
  forget_redrives: [],
  forget_sessions: [],
} as const satisfies Record<string, readonly SweptState[]>

export type SweepName = keyof typeof sweepTable

export const sweepNames = Object.keys(sweepTable).filter((name): name is SweepName =>
  Object.hasOwn(sweepTable, name),
)

export function sweptStatesOf(name: SweepName): readonly SweptState[] {
  return sweepTable[name]
}
