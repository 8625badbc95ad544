import pg from 'pg'
import type { Workload } from './workload.ts'

const BATCH = 200

/**
 * P: events per second when one plain client writes by hand, in batches of 200, exactly the rows that the path
 * from event to scheduled execution writes, and nothing else: no matching, no rendering, no placing, no reading.
 */
export async function byHandRate(workload: Workload, events: number): Promise<number> {
  const client = new pg.Client({
    connectionString: workload.database_url,
    options: '-c search_path=attune,public',
  })
  await client.connect()
  try {
    await writeBatch(client, workload, 0) // plans are made, pages are warm
    const started = performance.now()
    for (let done = 0; done < events; done += BATCH) await writeBatch(client, workload, done)
    return events / ((performance.now() - started) / 1000)
  } finally {
    await client.end()
  }
}

/** The statements of one batch: four hops, each with the message that it takes and the one that it leaves. */
async function writeBatch(client: pg.Client, workload: Workload, offset: number): Promise<void> {
  const { trigger, trigger_ref, rule, rule_ref, action, action_ref, config } = workload
  const rows = JSON.stringify(
    Array.from({ length: BATCH }, (_, n) => ({ payload: workload.payloadOf(offset + n) })),
  )
  const hop = (of: string[], type: keyof typeof queues) => passMessage(client, workload, of, type)
  await client.query('begin')
  const events = await insert(client, 'event', statements.event, [rows, trigger, trigger_ref])
  await hop(events, 'EventCreated')
  await client.query(statements.decision, [events, workload.decisions])
  const fired = [events, rule, rule_ref, trigger_ref, config, workload.payloadOf(0), workload.conditions]
  const enforcements = await insert(client, 'enforcement', statements.enforcement, fired)
  await hop(enforcements, 'EnforcementCreated')
  await client.query(statements.resolve, [enforcements])
  const executions = await insert(client, 'execution', statements.execution, [
    enforcements,
    action,
    action_ref,
    config,
  ])
  await hop(executions, 'ExecutionRequested')
  await client.query(statements.schedule, [executions, workload.worker])
  await say(client, workload, executions, 'ExecutionDispatched')
  await client.query('commit')
}

const queues = {
  EventCreated: 'attune.events.queue',
  EnforcementCreated: 'attune.enforcements.queue',
  ExecutionRequested: 'attune.execution.requests.queue',
  ExecutionDispatched: 'worker.executions',
} as const

const statements = {
  event: `
    insert into event (trigger, trigger_ref, payload, correlation_id)
    select $2, $3, payload, gen_random_uuid() from json_to_recordset($1) as r (payload jsonb) returning id`,
  decision: `
    insert into event_decision (event, created, decisions)
    select id, now(), $2 from unnest($1::bigint[]) as id`,
  enforcement: `
    insert into enforcement
      (rule, rule_ref, trigger_ref, event, event_created, config, payload, conditions, correlation_id)
    select $2, $3, $4, id, now(), $5, $6, $7, gen_random_uuid() from unnest($1::bigint[]) as id returning id`,
  resolve: `update enforcement set status = 'processed', resolved_at = now() where id = any($1)`,
  execution: `
    insert into execution (action, action_ref, config, enforcement, executor, max_retries, correlation_id)
    select $2, $3, $4, id, 1, 0, gen_random_uuid() from unnest($1::bigint[]) as id returning id`,
  schedule: `update execution set status = 'scheduled', worker = $2, updated = now() where id = any($1)`,
}

async function insert(client: pg.Client, name: string, text: string, values: unknown[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({ name, text, values })
  return rows.map((row) => row.id)
}

/** A message is written for each row and taken off again, as the next hop does. */
async function passMessage(
  client: pg.Client,
  workload: Workload,
  of: string[],
  type: keyof typeof queues,
): Promise<void> {
  await say(client, workload, of, type)
  const text =
    workload.transport === 'postgres'
      ? 'delete from message where queue = $1'
      : 'delete from outbox where routing_key = $1'
  await client.query(text, [queues[type]])
}

async function say(
  client: pg.Client,
  workload: Workload,
  of: string[],
  type: keyof typeof queues,
): Promise<void> {
  const [columns, values] =
    workload.transport === 'postgres'
      ? ['message (queue,', '$2,']
      : ['outbox (exchange, routing_key,', "'attune.executions', $2,"]
  await client.query(
    `insert into ${columns} type, payload, message_id, correlation_id)
     select ${values} $3, $4, gen_random_uuid(), gen_random_uuid() from unnest($1::bigint[])`,
    [of, queues[type], type, workload.messages[type]],
  )
}
