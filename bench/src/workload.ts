import type { Queryable } from '@attune/server/dist/database/database.js'
import { sql } from '@attune/server/dist/database/sql.js'
import type { Id } from '@attune/server/dist/id.js'
import type { TransportName } from './options.ts'

/** One rule with a condition and a template from one trigger to one shell action: what every figure is measured with. */
export type Workload = {
  database_url: string
  transport: TransportName
  trigger: Id<'trigger'>
  trigger_ref: string
  rule: Id<'rule'>
  rule_ref: string
  action: Id<'action'>
  action_ref: string
  worker: Id<'worker'>
  payloadOf(n: number): { svc: string; n: number; text: string }
  /** Row contents of the sizes that the path writes. */
  config: object
  conditions: object
  decisions: string
  messages: {
    [type in 'EventCreated' | 'EnforcementCreated' | 'ExecutionRequested' | 'ExecutionDispatched']: object
  }
}

const conditions = {
  expression: "event.payload.n >= 0 and event.payload.svc == 'api' and 'x' in event.payload.text",
}

/** Puts the definitions of the workload into an empty database. */
export async function createWorkload(
  db: Queryable,
  database_url: string,
  transport: TransportName,
): Promise<Workload> {
  const ids = await insertDefinitions(db)
  const { trigger, rule, action, worker } = ids
  const refs = { trigger_ref: 'bench.happened', rule_ref: 'bench.when_happened', action_ref: 'bench.say' }
  return {
    database_url,
    transport,
    ...refs,
    ...ids,
    payloadOf: (n) => ({ svc: 'api', n, text: 'x'.repeat(300) }),
    config: { message: 'api 12345' },
    conditions,
    decisions: JSON.stringify([{ rule, rule_ref: refs.rule_ref, version: 1, outcome: 'matched' }]),
    messages: messagesLike({ trigger, rule, action, worker, refs }),
  }
}

async function insertDefinitions(db: Queryable) {
  const pack = await db.one<{ id: Id<'pack'> }>(sql`
    insert into pack (ref, label, version) values ('bench', 'Bench', '1.0.0') returning id`)
  const runtime = await db.one<{ id: Id<'runtime'> }>(sql`
    insert into runtime (ref, pack, pack_ref, name, aliases, distributions, execution_config)
    values ('bench.shell', ${pack.id}, 'bench', 'Shell', '{shell,bash,sh}',
      '{"verification":{"always_available":true}}',
      '{"interpreter":{"binary":"/bin/bash","args":[],"file_extension":".sh"},"inline_execution":{"strategy":"temp_file","extension":".sh","inject_shell_helpers":true}}')
    returning id`)
  const action = await db.one<{ id: Id<'action'> }>(sql`
    insert into action (ref, pack, pack_ref, label, entrypoint, runtime, is_adhoc, param_schema)
    values ('bench.say', ${pack.id}, 'bench', 'Say', 'echo "$message"', ${runtime.id}, true,
      '{"message":{"type":"string","required":true}}')
    returning id`)
  const trigger = await db.one<{ id: Id<'trigger'> }>(sql`
    insert into trigger (ref, pack, pack_ref, label) values ('bench.happened', ${pack.id}, 'bench', 'Happened')
    returning id`)
  const rule = await db.one<{ id: Id<'rule'> }>(sql`
    insert into rule
      (ref, pack, pack_ref, label, action, action_ref, trigger, trigger_ref, conditions, action_params, enabled)
    values ('bench.when_happened', ${pack.id}, 'bench', 'When happened', ${action.id}, 'bench.say', ${trigger.id},
      'bench.happened', ${JSON.stringify(conditions)}, '{"message":"{{ event.payload.svc }} {{ event.payload.n }}"}', true)
    returning id`)
  const worker = await db.one<{ id: Id<'worker'> }>(sql`
    insert into worker (name, worker_type, worker_role, capabilities, last_heartbeat)
    values ('bench', 'local', 'action', '{"runtimes":["shell"],"max_concurrent_executions":1000000}', now() + interval '1 day')
    returning id`)
  return { trigger: trigger.id, rule: rule.id, action: action.id, worker: worker.id }
}

type Named = Pick<Workload, 'trigger' | 'rule' | 'action' | 'worker'> & {
  refs: Pick<Workload, 'trigger_ref' | 'rule_ref' | 'action_ref'>
}

/** Payloads of the sizes that travel between the hops. */
function messagesLike({ trigger, rule, action, worker, refs }: Named): Workload['messages'] {
  const { trigger_ref, rule_ref, action_ref } = refs
  const at = new Date().toISOString()
  const id = 1_000_000
  return {
    EventCreated: {
      event_id: id,
      event_created: at,
      trigger_id: trigger,
      trigger_ref,
      sensor_id: null,
      sensor_ref: null,
      rule_id: null,
    },
    EnforcementCreated: { enforcement_id: id, rule_id: rule, rule_ref, event_id: id, trigger_ref },
    ExecutionRequested: {
      execution_id: id,
      action_id: action,
      action_ref,
      parent_id: null,
      enforcement_id: id,
    },
    ExecutionDispatched: {
      execution_id: id,
      worker_id: worker,
      action_ref,
      scheduled_attempt_updated_at: at,
    },
  }
}
