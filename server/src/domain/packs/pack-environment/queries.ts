import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { EnvironmentDetail, EnvironmentState } from './pack-environment.ts'
import type { RecordedEnvironment } from './status.ts'

/** An environment, by what makes it one. */
export type IdentifiedEnvironment = {
  pack: Id<'pack'>
  pack_ref: string
  runtime: Id<'runtime'>
  runtime_ref: string
  runtime_version: Id<'runtime_version'> | null
  runtime_version_text: string | null
  volume: string
  env_path: string
}

/** The row as somebody saw it who is about to decide. */
export type SeenEnvironment = RecordedEnvironment & {
  id: Id<'pack_environment'>
  claims: number
  install_error: string | null
}

/** Who builds. */
export type EnvironmentBuilder = {
  worker: Id<'worker'>
  worker_name: string
  instance: string
  lease_seconds: number
}

/** A claim. It is worth something as long as nobody has claimed after it. */
export type HeldEnvironment = { id: Id<'pack_environment'>; claims: number }

/** Seconds after which whoever needs it tries one again that failed. */
const RETRY_SECONDS = 30

/** Writes down that there are to be these environments; those that are known stay as they are. */
export function enlist(db: Queryable, environments: readonly IdentifiedEnvironment[]): Promise<number> {
  return db.run(sql`
    insert into pack_environment
      (pack, pack_ref, runtime, runtime_ref, runtime_version, runtime_version_text, volume, env_path)
    select pack, pack_ref, runtime, runtime_ref, runtime_version, runtime_version_text, volume, env_path
    from json_to_recordset(${json(environments)}) as d
      (pack bigint, pack_ref text, runtime bigint, runtime_ref text, runtime_version bigint,
       runtime_version_text text, volume uuid, env_path text)
    order by volume, env_path
    on conflict do nothing`)
}

/** The row of an environment, made where there is none. */
export async function see(db: Queryable, environment: IdentifiedEnvironment): Promise<SeenEnvironment> {
  const there = await find(db, environment)
  if (there !== undefined) return there
  await enlist(db, [environment])
  const made = await find(db, environment)
  if (made !== undefined) return made
  throw new Problem(
    'CONFLICT',
    `The directory ${environment.env_path} belongs to another runtime of the pack '${environment.pack_ref}'; give the runtime '${environment.runtime_ref}' another name after the dot.`,
  )
}

function find(db: Queryable, environment: IdentifiedEnvironment): Promise<SeenEnvironment | undefined> {
  return db.maybe(sql`
    select id, status, manifest_checksum, rebuild_requested, claims, install_error,
      coalesce(claim_expires_at < now(), true) as claim_over,
      updated < now() - make_interval(secs => ${RETRY_SECONDS}) as retry_due
    from pack_environment
    where pack = ${environment.pack} and runtime_ref = ${environment.runtime_ref}
      and runtime = ${environment.runtime} and volume = ${environment.volume}
      and runtime_version is not distinct from ${environment.runtime_version}`)
}

/**
 * Takes an environment to build it. Undefined when somebody else has claimed it since it was seen, also when that is
 * done by now: then it must be looked at again.
 */
export async function claim(
  db: Queryable,
  { id, claims }: HeldEnvironment,
  builder: EnvironmentBuilder,
): Promise<HeldEnvironment | undefined> {
  return db.maybe<HeldEnvironment>(sql`
    update pack_environment
    set status = 'installing', claims = claims + 1, claimed_by_worker = ${builder.worker},
      claimed_by_instance = ${builder.instance}, worker_name = ${builder.worker_name},
      claim_expires_at = now() + make_interval(secs => ${builder.lease_seconds}), rebuild_requested = false,
      install_error = null
    where id = ${id} and claims = ${claims} and (status <> 'installing' or claim_expires_at < now())
    returning id, claims`)
}

/** False when the claim is lost. */
export async function renew(
  db: Queryable,
  { id, claims }: HeldEnvironment,
  lease_seconds: number,
): Promise<boolean> {
  const renewed = await db.run(sql`
    update pack_environment set claim_expires_at = now() + make_interval(secs => ${lease_seconds})
    where id = ${id} and claims = ${claims} and status = 'installing'`)
  return renewed > 0
}

type Installed = { checksum: string; env_path: string; log: string }

/** Ends a claim well; false when it was lost. What was asked for meanwhile is not forgotten. */
export async function installed(
  tx: Transaction,
  { id, claims }: HeldEnvironment,
  end: Installed,
): Promise<boolean> {
  const ended = await tx.run(sql`
    update pack_environment
    set status = case when rebuild_requested then 'outdated' else 'ready' end::pack_environment_status_enum,
      manifest_checksum = ${end.checksum}, env_path = ${end.env_path}, installed_at = now(), last_verified = now(),
      install_log = ${end.log}, install_error = null,
      claimed_by_worker = null, claimed_by_instance = null, claim_expires_at = null
    where id = ${id} and claims = ${claims} and status = 'installing'`)
  return ended > 0
}

type Failed = { checksum: string; error: string; log: string }

export async function failed(db: Queryable, { id, claims }: HeldEnvironment, end: Failed): Promise<boolean> {
  const ended = await db.run(sql`
    update pack_environment
    set status = 'failed', manifest_checksum = ${end.checksum}, install_log = ${end.log}, install_error = ${end.error},
      claimed_by_worker = null, claimed_by_instance = null, claim_expires_at = null
    where id = ${id} and claims = ${claims} and status = 'installing'`)
  return ended > 0
}

/** Gives a claim back unfinished. */
export function release(db: Queryable, { id, claims }: HeldEnvironment): Promise<number> {
  return db.run(sql`
    update pack_environment
    set status = 'pending', claimed_by_worker = null, claimed_by_instance = null, claim_expires_at = null
    where id = ${id} and claims = ${claims} and status = 'installing'`)
}

/** Earlier processes of a worker that hold claims. */
export async function earlierBuilders(
  db: Queryable,
  { worker, instance }: Pick<EnvironmentBuilder, 'worker' | 'instance'>,
): Promise<string[]> {
  const rows = await db.many<{ instance: string }>(sql`
    select distinct claimed_by_instance as instance
    from pack_environment
    where claimed_by_worker = ${worker} and status = 'installing' and claimed_by_instance <> ${instance}`)
  return rows.map((row) => row.instance)
}

/** Takes the claims of processes that are gone. */
export function releaseOf(
  db: Queryable,
  worker: Id<'worker'>,
  instances: readonly string[],
): Promise<number> {
  return db.run(sql`
    with claimed as (
      select id from pack_environment
      where claimed_by_worker = ${worker} and status = 'installing' and claimed_by_instance = any(${instances}::uuid[])
      order by id
      for no key update)
    update pack_environment e
    set status = 'pending', claimed_by_worker = null, claimed_by_instance = null, claim_expires_at = null
    from claimed c where e.id = c.id`)
}

type Verified = { checksum: string; env_path: string; worker_name: string }

/** It was found whole on the disk. One that failed to be made anew keeps telling why. */
export function verified(db: Queryable, id: Id<'pack_environment'>, found: Verified): Promise<number> {
  return db.run(sql`
    update pack_environment
    set last_verified = now(), worker_name = ${found.worker_name}, env_path = ${found.env_path},
      status = case status when 'failed' then status else 'ready' end,
      manifest_checksum = ${found.checksum}, installed_at = coalesce(installed_at, now())
    where id = ${id} and status <> 'installing'`)
}

/** The pack has no manifest for it any more. */
export function drop(db: Queryable, environment: IdentifiedEnvironment): Promise<number> {
  return db.run(sql`
    delete from pack_environment
    where pack = ${environment.pack} and runtime_ref = ${environment.runtime_ref}
      and runtime = ${environment.runtime} and volume = ${environment.volume}
      and runtime_version is not distinct from ${environment.runtime_version} and status <> 'installing'`)
}

/** Forgets the environments on this disk of runtimes that the pack uses no more. */
export function dropOthers(
  db: Queryable,
  { pack, volume, needed }: { pack: Id<'pack'>; volume: string; needed: readonly Id<'runtime'>[] },
): Promise<{ env_path: string }[]> {
  return db.many(sql`
    with others as (
      select id from pack_environment
      where pack = ${pack} and volume = ${volume} and runtime <> all(${needed}) and status <> 'installing'
      order by id
      for update)
    delete from pack_environment e using others o where e.id = o.id
    returning e.env_path`)
}

/** Days after which nobody is expected to come back to a disk. */
const FORGET_DAYS = 7

/**
 * Forgets disks that nobody has any more: another one than this worker's where this worker looked last, and those of
 * workers that have been silent for a week. Whoever still has one writes it down again when it looks.
 */
export function dropLostVolumes(db: Queryable, worker_name: string, volume: string): Promise<number> {
  return db.run(sql`
    with lost as (
      select e.id from pack_environment e
      where e.volume <> ${volume} and (e.status <> 'installing' or e.claim_expires_at < now())
        and (e.worker_name = ${worker_name}
          or not exists (
            select from worker w
            where w.name = e.worker_name and w.last_heartbeat > now() - make_interval(days => ${FORGET_DAYS})))
        and e.updated < now() - make_interval(secs => 60)
      order by e.id
      for update)
    delete from pack_environment e using lost l where e.id = l.id`)
}

/** The environments of a pack, by runtime and disk. */
export function list(db: Queryable, pack: Id<'pack'>, page: { limit: number; offset: number }) {
  return selectPage<EnvironmentDetail>(
    db,
    {
      columns: sql`id, pack, pack_ref, runtime, runtime_ref, runtime_version, runtime_version_text, volume, env_path,
        status, manifest_checksum, claimed_by_worker, claim_expires_at, rebuild_requested, installed_at, last_verified,
        worker_name, install_log, install_error, created, updated`,
      from: sql`pack_environment`,
      where: sql`pack = ${pack}`,
      order: sql`runtime_ref, runtime_version_text nulls first, worker_name, id`,
    },
    page,
  )
}

/** All of some packs. */
export function findOf(db: Queryable, ids: readonly Id<'pack'>[]): Promise<EnvironmentState[]> {
  return db.many(sql`
    select id, pack, pack_ref, runtime, runtime_ref, runtime_version, runtime_version_text, volume, env_path, status,
      manifest_checksum, claimed_by_worker, claim_expires_at, rebuild_requested, installed_at, last_verified,
      worker_name, install_error, created, updated
    from pack_environment
    where pack = any(${ids})
    order by pack_ref, runtime_ref, runtime_version_text nulls first, worker_name, id`)
}

/** What failed is to be tried again, and all of it is to be made anew where that is asked for. */
export function request(
  tx: Transaction,
  packs: readonly Id<'pack'>[],
  { anew }: { anew: boolean },
): Promise<number> {
  return tx.run(sql`
    with wanted as (
      select id from pack_environment
      where pack = any(${packs}) and (${anew} or status = 'failed')
      order by id
      for no key update)
    update pack_environment e
    set rebuild_requested = rebuild_requested or ${anew},
      status = case
        when status = 'installing' then status
        when ${anew} then 'outdated'
        when status = 'failed' then 'pending'
        else status
      end::pack_environment_status_enum
    from wanted w where e.id = w.id`)
}
