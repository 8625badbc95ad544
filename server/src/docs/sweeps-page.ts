import { sweptStatesOf, sweepNames } from '../sweeps/table.ts'
import { code, generatedNote, page, table } from './markdown.ts'

/** `docs/operations/sweeps.md`: what waits, for whom, how long, and what happens when it waits too long. */
export function sweepsPage(): string {
  return page([
    generatedNote,
    '# Sweeps',
    'The rows are the truth and messages only wake. So a message may be lost, purged or delivered twice: a sweep finds every row whose next step did not happen, and says its message again or puts the row in order. Every executor can run the sweeps; each sweep is run by the one that holds its lease, every `executor.sweep_interval` seconds, and is taken over when that one is gone. A sweep that fails stops none of the others and raises an alert of its own.',
    table(
      ['state', 'owner', 'overdue after', 'sweep', 'what it does', 'left alone'],
      sweepNames.flatMap((name) =>
        sweptStatesOf(name).map(({ state, owner, deadline, does, exempt }) => [
          state,
          owner,
          deadline,
          code(name),
          does,
          exempt,
        ]),
      ),
    ),
    '`keep_partitions`, `forget_dedupe_keys` and `forget_redrives` repair nothing; they keep the store in order.',
    '## How often something is said again',
    'The table `redrive` remembers what was said again. The wait doubles each time, from the deadline up to 64 times as long, so that a backlog is not mistaken for loss. While messages of the outbox are overdue nothing is said again: what was said has not even left. With the `postgres` transport a row that is younger than the oldest message of its queue is left alone, because its own message may still wait there; a broker is not asked, and the doubling wait limits what is said twice. Whoever hears a message twice does nothing the second time.',
    '## Events',
    'Events are immutable and many, so they are walked once in the order of their ids from a mark that only moves forward (`sweep_mark`), and once more a quarter of an hour later, which finds those whose transaction committed out of order. An event found undecided is kept in `redrive` until it has its decision; the walk does not wait for it.',
    '## What tells of it',
    [
      '* `GET /api/v1/alerts` and `attune alert list`: `sweep:<name>` when a sweep had to repair something; `supervisor:stuck-runtime:execution:<status>` when executions stay in a status for `maintenance.stuck_execution_seconds` nevertheless; `worker:<id>:stale_heartbeat`; `sensor:<id>:worker:<id>:repeated_failure`; `outbox:not_relayed`; `queue:<name>:unread`; `sweep:<name>:failed`. Each is announced as an event of `core.alert`, at most once per `maintenance.alert_cooldown_seconds`, and cleared when it is over.',
      '* `/metrics` of the executor that holds the lease: `reconcile_redriven_total{kind}`, `alerts_total{failure_type}`. `outbox_pending` and `outbox_oldest_seconds` are on that of the API.',
      '* `GET /api/v1/sweeps`: who runs each sweep, when it last ran, and what it last did or why it failed.',
      '* `audit_event`: every row that a sweep moved, as `maintenance.corrective_action.applied` by `attune-supervisor`.',
    ].join('\n'),
  ])
}
