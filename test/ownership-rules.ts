/* What only one place may do. */

/**
 * Which folder of server/src writes a table. A table that is not here is written by the noun of its name
 * (`work_queue` by work-queue, in the wing that it is in).
 */
export const tableOwners: Readonly<Record<string, string>> = {
  message: 'messages/postgres',
  queue_consumer: 'messages/postgres',
  outbox: 'messages/rabbitmq',
  probe_heard: 'messages/rabbitmq',
  topology_finding: 'domain/watch/topology',
  dead_letter: 'messages',
  migration: 'database',
  sweep: 'sweeps',
  redrive: 'sweeps',
  sweep_mark: 'sweeps',
  audit_event: 'domain/audit',
  event_decision: 'domain/flow/event',
  event_dedupe: 'domain/flow/event',
  execution_secret_value: 'domain/secret',
  identity_role_assignment: 'domain/access/identity',
  pack_registry_index: 'domain/packs/pack-index',
  pack_test_execution: 'domain/packs/pack-test',
  permission_assignment: 'domain/access/identity',
  permission_set: 'domain/access/permission',
  permission_set_role_assignment: 'domain/access/permission',
  runtime_version: 'domain/definition/runtime',
  sensor_owner: 'domain/definition/sensor',
  sensor_process: 'domain/definition/sensor',
  timer_schedule: 'domain/flow/event',
  webhook_event_log: 'domain/flow/webhook',
  webhook_secret: 'domain/flow/webhook',
}

/** Tables that only the database's own triggers write. */
export const writtenByTriggers: readonly string[] = ['execution_history']

/** The one file that sets `execution.status`. */
export const executionMoves = 'server/src/domain/flow/execution/move.ts'

/** Where the words of the wire stand besides the routing table: what `messages/` names itself. */
export const wireFolder = 'server/src/messages/'

/** Who may open and end a transaction by hand. */
export const transactionFolder = 'server/src/database/'

/** Files outside of the database folder that take text as SQL, and why that text is never input. */
export const rawSql: Readonly<Record<string, string>> = {
  'server/src/domain/access/integration-token/queries.ts': 'a constant condition',
  'server/src/domain/access/session/queries.ts': 'a constant condition',
  'server/src/domain/audit/list.ts': 'a word of a closed union, spelled out so that partial indexes serve',
  'server/src/domain/definition/form/rows.ts': 'names of columns, as their declaration has them',
  'server/src/domain/flow/execution/move.ts': 'statuses of the declared table',
}
