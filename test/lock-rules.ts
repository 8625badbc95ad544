/* In which order rows are locked (`ARCHITECTURE.md`, "What must stay true"). */

/** The tables of the flow. Those that people alone change are locked by the row of what they belong to. */
export const flowTables: readonly string[] = [
  'alert',
  'dead_letter',
  'enforcement',
  'event_decision',
  'event_dedupe',
  'execution',
  'execution_secret_value',
  'message',
  'outbox',
  'pack_environment',
  'probe_heard',
  'queue_consumer',
  'redrive',
  'sensor_owner',
  'sensor_process',
  'sweep',
  'sweep_mark',
  'timer_schedule',
  'topology_finding',
  'webhook_event_log',
  'worker',
]

/** Keys besides `id` that name one row of a table, their columns separated by a blank. */
export const uniqueKeys: Readonly<Record<string, readonly string[]>> = {
  alert: ['correlation_id'],
  queue_consumer: ['queue instance'],
  sensor_owner: ['sensor'],
  sensor_process: ['sensor worker'],
  sweep: ['name'],
  sweep_mark: ['name'],
  timer_schedule: ['rule'],
  topology_finding: ['instance'],
}

/** Statements that change several rows without saying in which order, and why that is well. */
export const ordered: Readonly<Record<string, string>> = {
  'domain/flow/event/queries.ts forgetDedupeKeys': 'nobody locks a key that is there: it is only looked at',
  'domain/flow/execution/create.ts noteWaiting': 'lockRequested has locked them in this transaction',
  'domain/flow/execution/move.ts guarded':
    'locks them in order itself, or lockRequested, lockToCancel or lockLiveOf has in this transaction',
  'domain/packs/pack-environment/queries.ts drop': 'one row: pack, runtime, version and volume are its key',
  'domain/secret/queries.ts replace': 'the secrets of one row, which the caller has locked',
  'domain/secret/queries.ts forget': 'the secrets of one row, which the caller has locked',
  'domain/secret/queries.ts sealedColumn': 'the end of a statement that locks in order, in sealed-column.ts',
  'domain/definition/sensor/ownership.ts take': 'one row: the sensor is its key',
  'domain/definition/sensor/processes.ts failed': 'one row: sensor and worker are its key',
  'messages/dead-letter.ts resolve': 'lockOpen has locked them in this transaction',
  'sweeps/redrive.ts forget': 'nextRemembered has locked them in this transaction',
}
