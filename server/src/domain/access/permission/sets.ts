import type { Queryable, Transaction } from '../../../database/database.ts'
import { json, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { PermissionSet, PermissionSetDetail, SetOfRole } from './permission-set.ts'

/** The sets that `allowed` lets through, by ref. */
export function list(
  db: Queryable,
  { pack_ref }: { pack_ref?: string },
  allowed: Sql,
): Promise<PermissionSetDetail[]> {
  return withRoles(db, pack_ref === undefined ? allowed : sql`s.pack_ref = ${pack_ref} and ${allowed}`)
}

export async function findDetail(
  db: Queryable,
  id: Id<'permission_set'>,
): Promise<PermissionSetDetail | undefined> {
  const [set] = await withRoles(db, sql`s.id = ${id}`)
  return set
}

async function withRoles(db: Queryable, where: Sql): Promise<PermissionSetDetail[]> {
  const [sets, roles] = await Promise.all([
    db.many<Omit<PermissionSetDetail, 'roles'>>(sql`
      select s.id, s.ref, s.pack_ref, s.label, s.description, s.grants,
        (s.file_content is not null and s.file_content <>
          jsonb_build_object('label', s.label, 'description', s.description, 'grants', s.grants)) as modified
      from permission_set s where ${where} order by s.ref`),
    db.many<SetOfRole>(sql`
      select r.id, r.permset as permission_set_id, s.ref as permission_set_ref, r.role, r.created
      from permission_set s join permission_set_role_assignment r on r.permset = s.id
      where ${where} order by r.role`),
  ])
  return sets.map((set) => ({ ...set, roles: roles.filter((role) => role.permission_set_id === set.id) }))
}

export function findByRef(db: Queryable, ref: string): Promise<PermissionSet | undefined> {
  return db.maybe(sql`select * from permission_set where ref = ${ref}`)
}

/** Not locked: whatever may take away the last who manages permissions waits for its turn before it locks rows. */
export function find(db: Queryable, id: Id<'permission_set'>): Promise<PermissionSet | undefined> {
  return db.maybe(sql`select * from permission_set where id = ${id}`)
}

/** A label or description of null stays as it is. */
export function update(
  tx: Transaction,
  { id, label, description, grants }: Pick<PermissionSet, 'id' | 'label' | 'description' | 'grants'>,
): Promise<number> {
  return tx.run(sql`
    update permission_set
    set label = coalesce(${label}, label), description = coalesce(${description}, description), grants = ${json(grants)}
    where id = ${id}`)
}

export function addRole(tx: Transaction, set: Id<'permission_set'>, role: string): Promise<SetOfRole> {
  return tx.one(sql`
    insert into permission_set_role_assignment as r (permset, role) values (${set}, ${role})
    returning id, permset as permission_set_id,
      (select ref from permission_set where id = r.permset) as permission_set_ref, role, created`)
}

export function removeRole(
  tx: Transaction,
  id: Id<'permission_set_role_assignment'>,
): Promise<SetOfRole | undefined> {
  return tx.maybe(sql`
    delete from permission_set_role_assignment r where id = ${id}
    returning id, permset as permission_set_id,
      (select ref from permission_set where id = r.permset) as permission_set_ref, role, created`)
}
