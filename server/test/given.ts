import { randomBytes } from 'node:crypto'
import type { Queryable } from '../src/database/database.ts'
import { join, raw, sql } from '../src/database/sql.ts'
import type { Enforcement } from '../src/domain/flow/enforcement/enforcement.ts'
import type { Event } from '../src/domain/flow/event/event.ts'
import type { Execution } from '../src/domain/flow/execution/execution.ts'
import type { Identity } from '../src/domain/access/identity/identity.ts'
import type { Key } from '../src/domain/definition/key/key.ts'
import type { Rule } from '../src/domain/definition/rule/rule.ts'
import type { SensorToken } from '../src/domain/definition/sensor-token/sensor-token.ts'
import type { Session } from '../src/domain/access/session/session.ts'
import type { Worker } from '../src/domain/flow/worker/worker.ts'
import type { Id } from '../src/id.ts'

/*
 * Row builders: each inserts one valid row with everything defaulted and answers it. What a test does not
 * mention does not matter to it. Parents that are not named are made. No message is published.
 */

/** Columns that a test cares about; the rest is defaulted. */
type Columns = Readonly<Record<string, unknown>>

/** A row of a definition, as far as tests name its columns. */
type Definition<Table extends string> = {
  id: Id<Table>
  ref: string
  pack: Id<'pack'>
  pack_ref: string
  updated: string
}
export type GivenPack = { id: Id<'pack'>; ref: string }
export type GivenTrigger = Definition<'trigger'> & { webhook_key: string | null; enabled: boolean }

export function pack(db: Queryable, columns: Columns = {}): Promise<GivenPack> {
  const ref = `demo_${unique()}`
  return insert(db, 'pack', { ref, label: 'Demo', version: '1.0.0', ...columns })
}

export async function runtime(db: Queryable, columns: Columns = {}): Promise<Definition<'runtime'>> {
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

export async function action(db: Queryable, columns: Columns = {}): Promise<Definition<'action'>> {
  const owner = await ownerOf(db, columns)
  return insert(db, 'action', {
    ...owner,
    ref: `${owner.pack_ref}.act_${unique()}`,
    label: 'Act',
    entrypoint: 'act.sh',
    ...columns,
  })
}

export async function trigger(db: Queryable, columns: Columns = {}): Promise<GivenTrigger> {
  const owner = await ownerOf(db, columns)
  return insert(db, 'trigger', {
    ...owner,
    ref: `${owner.pack_ref}.happened_${unique()}`,
    label: 'Happened',
    ...columns,
  })
}

export async function sensor(db: Queryable, columns: Columns = {}): Promise<Definition<'sensor'>> {
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
export async function sensorToken(db: Queryable, columns: Columns = {}): Promise<SensorToken> {
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
export async function session(db: Queryable, columns: Columns = {}): Promise<Session> {
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
export async function rule(db: Queryable, columns: Columns = {}): Promise<Rule> {
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
export async function event(db: Queryable, columns: Columns = {}): Promise<Event> {
  const when =
    columns.trigger === undefined ? await trigger(db) : await known<'trigger'>(db, 'trigger', columns.trigger)
  return insert(db, 'event', { trigger: when.id, trigger_ref: when.ref, payload: {}, ...columns })
}

/** An enforcement of a rule for an event: those named by id, or new ones. */
export async function enforcement(db: Queryable, columns: Columns = {}): Promise<Enforcement> {
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
export async function execution(db: Queryable, columns: Columns = {}): Promise<Execution> {
  const what =
    columns.action === undefined ? await action(db) : await known<'action'>(db, 'action', columns.action)
  return insert(db, 'execution', { action: what.id, action_ref: what.ref, ...columns })
}

/** An action worker that is alive. */
export function worker(db: Queryable, columns: Columns = {}): Promise<Worker> {
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
export function identity(db: Queryable, columns: Columns = {}): Promise<Identity> {
  return insert(db, 'identity', { login: `user_${unique()}`, ...columns })
}

/** A permission set of a ref of its own. */
export function permissionSet(
  db: Queryable,
  columns: Columns = {},
): Promise<{ id: Id<'permission_set'>; ref: string }> {
  return insert(db, 'permission_set', { ref: `demo.set_${unique()}`, ...columns })
}

export function permissionAssignment(
  db: Queryable,
  columns: { identity: number; permset: number },
): Promise<object> {
  return insert(db, 'permission_assignment', columns)
}

/** A key of the system in clear, unless other columns are named. */
export function key(db: Queryable, columns: Columns = {}): Promise<Key> {
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

function unique(): string {
  return randomBytes(5).toString('hex')
}

/** The pack that a definition belongs to: the one named, or a new one. */
async function ownerOf(
  db: Queryable,
  { pack: named }: Columns,
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
function insert<Row extends object>(db: Queryable, table: string, columns: Columns): Promise<Row> {
  const names = join(
    Object.keys(columns).map((name) => raw(`"${name}"`)),
    ', ',
  )
  return db.one(sql`
    insert into ${raw(table)} (${names})
    select ${names} from jsonb_populate_record(null::attune.${raw(table)}, ${JSON.stringify(columns)})
    returning *`)
}
