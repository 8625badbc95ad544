import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { SetOfIdentity } from '../permission/permission-set.ts'
import type { RoleOfIdentity } from './admin-identity.ts'

/** Gives a role by hand. */
export function addRole(tx: Transaction, identity: Id<'identity'>, role: string): Promise<RoleOfIdentity> {
  return tx.one(sql`
    insert into identity_role_assignment (identity, role) values (${identity}, ${role})
    returning id, identity as identity_id, role, source, managed, created, updated`)
}

/** Not locked: see `find` of permission sets. */
export function findRole(
  db: Queryable,
  id: Id<'identity_role_assignment'>,
): Promise<RoleOfIdentity | undefined> {
  return db.maybe(sql`
    select id, identity as identity_id, role, source, managed, created, updated
    from identity_role_assignment where id = ${id}`)
}

export function removeRole(tx: Transaction, id: Id<'identity_role_assignment'>): Promise<number> {
  return tx.run(sql`delete from identity_role_assignment where id = ${id} and not managed`)
}

export function addSet(
  tx: Transaction,
  identity: Id<'identity'>,
  set: Id<'permission_set'>,
): Promise<SetOfIdentity> {
  return tx.one(sql`
    insert into permission_assignment as a (identity, permset) values (${identity}, ${set})
    returning id, identity as identity_id, permset as permission_set_id,
      (select ref from permission_set where id = a.permset) as permission_set_ref, created`)
}

export function removeSet(
  tx: Transaction,
  id: Id<'permission_assignment'>,
): Promise<SetOfIdentity | undefined> {
  return tx.maybe(sql`
    delete from permission_assignment a where id = ${id}
    returning id, identity as identity_id, permset as permission_set_id,
      (select ref from permission_set where id = a.permset) as permission_set_ref, created`)
}
