import { randomBytes, randomUUID } from 'node:crypto'
import type { Queryable } from '../src/database/database.ts'
import { join, raw, sql } from '../src/database/sql.ts'
import type { Identity } from '../src/domain/access/identity/identity.ts'
import type { PermissionSet } from '../src/domain/access/permission/permission-set.ts'
import type { Session } from '../src/domain/access/session/session.ts'
import type { Action } from '../src/domain/definition/action/action.ts'
import type { Key } from '../src/domain/definition/key/key.ts'
import type { Pack } from '../src/domain/definition/pack/pack.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import type { Runtime } from '../src/domain/definition/runtime/runtime.ts'
import type { SensorToken } from '../src/domain/definition/sensor-token/sensor-token.ts'
import type { Sensor } from '../src/domain/definition/sensor/sensor.ts'
import type { Trigger } from '../src/domain/definition/trigger/trigger.ts'
import type { Enforcement } from '../src/domain/flow/enforcement/enforcement.ts'
import type { Event } from '../src/domain/flow/event/event.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import type { Worker } from '../src/domain/flow/worker/worker.ts'
import type { DeadLetter } from '../src/domain/watch/dead-letter/dead-letter.ts'
import type { Id } from '../src/id.ts'

/*
 * Row builders: each inserts one valid row with everything defaulted and answers it. What a test does not
 * mention does not matter to it. Parents that are not named are made. No message is published.
 */

/** Columns that a test cares about; the rest is defaulted. What a text may say, the database checks. */
export type Columns<Row> = { readonly [Column in keyof Row]?: Given<Row[Column]> | undefined }
type Given<Value> = Value extends number ? number : Value extends string ? string | Date : Value

/** A row of a definition that belongs to a pack. */
type Owned<Row> = Omit<Row, 'pack' | 'pack_ref'> & { pack: Id<'pack'>; pack_ref: string }
export type GivenPack = Pack
export type GivenTrigger = Owned<Trigger>

export function pack(db: Queryable, columns: Columns<Pack> = {}): Promise<Pack> {
  const ref = `demo_${unique()}`
  return insert(db, 'pack', { ref, label: 'Demo', version: '1.0.0', ...columns })
}

export async function runtime(db: Queryable, columns: Columns<Runtime> = {}): Promise<Owned<Runtime>> {
  const named = `shell_${unique()}`
  const owner = await ownerOf(db, columns)
  return insert(db, 'runtime', {
    ...owner,
    ref: `${owner.pack_ref}.${named}`,
    name: named,
    distributions: {},
    ...columns,
  })
}

export async function action(db: Queryable, columns: Columns<Action> = {}): Promise<Owned<Action>> {
  const owner = await ownerOf(db, columns)
  return insert(db, 'action', {
    ...owner,
    ref: `${owner.pack_ref}.act_${unique()}`,
    label: 'Act',
    entrypoint: 'act.sh',
    ...columns,
  })
}

export async function trigger(db: Queryable, columns: Columns<Trigger> = {}): Promise<Owned<Trigger>> {
  const owner = await ownerOf(db, columns)
  return insert(db, 'trigger', {
    ...owner,
    ref: `${owner.pack_ref}.happened_${unique()}`,
    label: 'Happened',
    ...columns,
  })
}

export async function sensor(db: Queryable, columns: Columns<Sensor> = {}): Promise<Owned<Sensor>> {
  const owner = await ownerOf(db, columns)
  const kind =
    columns.runtime === undefined
      ? await runtime(db, owner)
      : await known<'runtime'>(db, 'runtime', columns.runtime)
  return insert(db, 'sensor', {
    ...owner,
    ref: `${owner.pack_ref}.watch_${unique()}`,
    label: 'Watch',
    entrypoint: 'watch.sh',
    runtime: kind.id,
    runtime_ref: kind.ref,
    enabled: true,
    ...columns,
  })
}

/** The row behind a token of the sensor named by id, or of a new one. Made by a host that nobody knows. */
export async function sensorToken(db: Queryable, columns: Columns<SensorToken> = {}): Promise<SensorToken> {
  const sensor_id = columns.sensor ?? (await sensor(db)).id
  return insert(db, 'sensor_token', {
    sensor: sensor_id,
    made_by: 'bootstrap',
    ttl_seconds: 3600,
    expires_at: new Date(Date.now() + 3_600_000),
    ...columns,
  })
}

/** A session of the identity named by id, or of a new one. */
export async function session(db: Queryable, columns: Columns<Session> = {}): Promise<Session> {
  const identity_id = columns.identity ?? (await identity(db)).id
  return insert(db, 'session', {
    identity: identity_id,
    provider: 'local',
    client_ip: '127.0.0.1',
    expires_at: new Date(Date.now() + 86_400_000),
    ...columns,
  })
}

/** A rule from a trigger to an action: those named by id, or new ones of its pack. */
export async function rule(db: Queryable, columns: Columns<Rule> = {}): Promise<Rule> {
  const owner = await ownerOf(db, columns)
  const when =
    columns.trigger === undefined
      ? await trigger(db, owner)
      : await known<'trigger'>(db, 'trigger', columns.trigger)
  const then =
    columns.action === undefined
      ? await action(db, owner)
      : await known<'action'>(db, 'action', columns.action)
  return insert(db, 'rule', {
    ...owner,
    ref: `${owner.pack_ref}.rule_${unique()}`,
    label: 'Rule',
    trigger: when.id,
    trigger_ref: when.ref,
    action: then.id,
    action_ref: then.ref,
    enabled: true,
    ...columns,
  })
}

/** An event of the trigger named by id, or of a new one. */
export async function event(db: Queryable, columns: Columns<Event> = {}): Promise<Event> {
  const when =
    columns.trigger === undefined ? await trigger(db) : await known<'trigger'>(db, 'trigger', columns.trigger)
  return insert(db, 'event', { trigger: when.id, trigger_ref: when.ref, payload: {}, ...columns })
}

/** An enforcement of a rule for an event: those named by id, or new ones. */
export async function enforcement(db: Queryable, columns: Columns<Enforcement> = {}): Promise<Enforcement> {
  const fired =
    columns.rule === undefined
      ? await rule(db)
      : await db.one<Rule>(sql`select * from rule where id = ${columns.rule}`)
  const cause =
    columns.event === undefined
      ? await event(db, { trigger: fired.trigger })
      : await db.one<Event>(sql`select * from event where id = ${columns.event}`)
  return insert(db, 'enforcement', {
    rule: fired.id,
    rule_ref: fired.ref,
    trigger_ref: fired.trigger_ref,
    event: cause.id,
    event_created: cause.created,
    ...columns,
  })
}

/** An execution of the action named by id, or of a new one. Asked for by nobody, not placed. */
export async function execution(db: Queryable, columns: Columns<Execution> = {}): Promise<Execution> {
  const what =
    columns.action === undefined ? await action(db) : await known<'action'>(db, 'action', columns.action)
  return insert(db, 'execution', { action: what.id, action_ref: what.ref, ...columns })
}

/** An action worker that is alive. */
export function worker(db: Queryable, columns: Columns<Worker> = {}): Promise<Worker> {
  return insert(db, 'worker', {
    name: `worker_${unique()}`,
    worker_type: 'local',
    worker_role: 'action',
    host: 'localhost',
    capabilities: { runtimes: ['shell'], max_concurrent_executions: 10 },
    last_heartbeat: new Date().toISOString(),
    ...columns,
  })
}

/** An account without a password, permissions or anything else. */
export function identity(db: Queryable, columns: Columns<Identity> = {}): Promise<Identity> {
  return insert(db, 'identity', { login: `user_${unique()}`, ...columns })
}

type Loose = Omit<PermissionSet, 'grants'> & { grants: readonly object[] }

/** A permission set of a ref of its own; its grants may be any, as they were when rows were written by hand. */
export function permissionSet(db: Queryable, columns: Columns<Loose> = {}): Promise<PermissionSet> {
  return insert(db, 'permission_set', { ref: `demo.set_${unique()}`, ...columns })
}

export function permissionAssignment(
  db: Queryable,
  columns: { identity: number; permset: number },
): Promise<object> {
  return insert(db, 'permission_assignment', columns)
}

/** A key of the system in clear, unless other columns are named. */
export function key(db: Queryable, columns: Columns<Key> = {}): Promise<Key> {
  const name = `key_${unique()}`
  return insert(db, 'key', {
    ref: `demo.${name}`,
    name,
    owner_type: 'system',
    encrypted: false,
    value: 'open',
    ...columns,
  })
}

/** A message of one execution that failed too often and lies aside. */
export function deadLetter(db: Queryable, columns: Columns<DeadLetter> = {}): Promise<DeadLetter> {
  const now = new Date()
  return insert(db, 'dead_letter', {
    queue: 'attune.execution.requests.queue',
    exchange: 'attune.executions',
    routing_key: 'execution.requested',
    type: 'ExecutionRequested',
    payload: {},
    message_id: randomUUID(),
    correlation_id: randomUUID(),
    attempts: 5,
    reason: 'exhausted',
    error: 'a bug',
    stack: 'Error: a bug',
    first_failed_at: now,
    last_failed_at: now,
    ...columns,
  })
}

function unique(): string {
  return randomBytes(5).toString('hex')
}

/** The pack that a definition belongs to: the one named, or a new one. */
async function ownerOf(
  db: Queryable,
  { pack: named }: { readonly pack?: number | null | undefined },
): Promise<{ pack: Id<'pack'>; pack_ref: string }> {
  const owner = named === undefined ? await pack(db) : await known<'pack'>(db, 'pack', named)
  return { pack: owner.id, pack_ref: owner.ref }
}

function known<Table extends string>(
  db: Queryable,
  table: Table,
  id: unknown,
): Promise<{ id: Id<Table>; ref: string }> {
  return db.one(sql`select id, ref from ${raw(table)} where id = ${id}`)
}

/**
 * PostgreSQL itself turns JSON into the types of the columns: arrays, documents, times. The schema is named because
 * there is a type `trigger` that is not the table.
 */
function insert<Row extends object>(db: Queryable, table: string, columns: object): Promise<Row> {
  const names = join(
    Object.keys(columns).map((name) => raw(`"${name}"`)),
    ', ',
  )
  return db.one(sql`
    insert into ${raw(table)} (${names})
    select ${names} from jsonb_populate_record(null::attune.${raw(table)}, ${JSON.stringify(columns)})
    returning *`)
}
