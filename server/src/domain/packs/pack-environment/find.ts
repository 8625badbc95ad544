import type { Queryable } from '../../../database/database.ts'
import { type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { PackProgram, RuntimeWithVersions } from './wanted.ts'

/** A pack with what of it needs environments. */
export type PackPrograms = {
  id: Id<'pack'>
  ref: string
  /** Where its files are; null for the folder of its ref, if there is one. */
  storage_path: string | null
  programs: PackProgram[]
}

/** Every runtime with its versions: there are few, and a pack may name them by any of their names. */
export function findRuntimes(db: Queryable): Promise<RuntimeWithVersions[]> {
  return db.many(sql`
    select r.id, r.ref, r.name, r.aliases, r.execution_config,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', v.id, 'version', v.version,
          'execution_config', v.execution_config, 'updated', v.updated) order by v.id)
        from runtime_version v where v.runtime = r.id), '[]') as versions
    from runtime r
    order by r.ref`)
}

export function findPacks(db: Queryable, ids: readonly Id<'pack'>[]): Promise<PackPrograms[]> {
  return selectPacks(db, sql`where p.id = any(${ids})`)
}

export function findAllPacks(db: Queryable): Promise<PackPrograms[]> {
  return selectPacks(db, sql``)
}

function selectPacks(db: Queryable, where: Sql): Promise<PackPrograms[]> {
  return db.many(sql`
    select p.id, p.ref, p.storage_path,
      coalesce((
        select jsonb_agg(distinct to_jsonb(program))
        from (
          select a.runtime, a.runtime_version_constraint as "constraint", a.required_worker_runtimes as required
          from action a where a.pack = p.id
          union
          select s.runtime, null, '{}' from sensor s where s.pack = p.id) program), '[]') as programs
    from pack p
    ${where}
    order by p.ref`)
}
