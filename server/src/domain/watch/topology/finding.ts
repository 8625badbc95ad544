import { type Static, Type } from 'typebox'
import { oneOf, timestamp } from '../../../database/row.ts'
import type { Queryable } from '../../../database/database.ts'
import { json, sql } from '../../../database/sql.ts'
import { faultKinds, type Inspection, type QueueState } from '../../../messages/inspection.ts'

const Fault = Type.Object({
  object: Type.String({ description: 'A queue, an exchange with a key, or the broker.' }),
  kind: oneOf(faultKinds),
  problem: Type.String(),
  remedy: Type.String(),
})

/** What one process found when it last looked. */
export const Finding = Type.Object(
  {
    instance: Type.String(),
    host: Type.String(),
    roles: Type.Array(Type.String()),
    queues: Type.Unsafe<QueueState[]>(Type.Array(Type.Unknown())),
    faults: Type.Array(Fault),
    checked_at: timestamp,
    expires_at: timestamp,
  },
  { title: 'TopologyFinding' },
)
export type Finding = Static<typeof Finding>

export type FindingProcess = {
  instance: string
  host: string
  roles: readonly string[]
  lease_seconds: number
}

/** Puts down what this process has found, in place of what it found before. */
export function record(
  db: Queryable,
  finder: FindingProcess,
  { queues, faults }: Inspection,
): Promise<number> {
  return db.run(sql`
    insert into topology_finding (instance, host, roles, queues, faults, expires_at)
    values (${finder.instance}, ${finder.host}, ${finder.roles}, ${json(queues)}, ${json(faults)},
      now() + ${finder.lease_seconds} * interval '1 second')
    on conflict (instance) do update
    set queues = excluded.queues, faults = excluded.faults, checked_at = now(), expires_at = excluded.expires_at`)
}

/** Drops what processes have found that are gone. */
export function forgetExpired(db: Queryable): Promise<number> {
  return db.run(sql`
    with gone as (
      select instance from topology_finding where expires_at < now() order by instance for update skip locked)
    delete from topology_finding f using gone g where f.instance = g.instance`)
}

export function forget(db: Queryable, instance: string): Promise<number> {
  return db.run(sql`delete from topology_finding where instance = ${instance}`)
}

/** What the processes that live have found, the latest first. */
export function listLive(db: Queryable): Promise<Finding[]> {
  return db.many(sql`
    select * from topology_finding
    where expires_at > now()
    order by checked_at desc`)
}
