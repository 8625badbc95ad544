import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { join, json, type Sql, sql } from '../../../database/sql.ts'
import { contains } from '../../../database/wildcard.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import type { SetOfIdentity } from '../permission/permission-set.ts'
import type { IdentityDetail, IdentitySummary, RoleOfIdentity } from './admin-identity.ts'
import type { Identity } from './identity.ts'

export type IdentityFilter = { login?: string; search?: string; frozen?: boolean; role?: string }

/** Those that `allowed` lets through, by login. */
export function list(
  db: Queryable,
  { login, search, frozen, role }: IdentityFilter,
  allowed: Sql,
  page: { limit: number; offset: number },
) {
  const conditions = [
    allowed,
    login !== undefined && sql`i.login = ${login}`,
    search !== undefined &&
      sql`(${contains(sql`i.login`, search)} or ${contains(sql`coalesce(i.display_name, '')`, search)})`,
    frozen !== undefined && sql`i.frozen = ${frozen}`,
    role !== undefined &&
      sql`exists (select from identity_role_assignment r where r.identity = i.id and r.role = ${role})`,
  ]
  return selectPage<IdentitySummary>(
    db,
    {
      columns: sql`
        i.id, i.login, i.display_name, i.frozen, i.attributes,
        array(select r.role from identity_role_assignment r where r.identity = i.id order by r.role) as roles`,
      from: sql`identity i`,
      where: join(
        conditions.filter((condition) => condition !== false),
        ' and ',
      ),
      order: sql`i.login`,
    },
    page,
  )
}

/** An identity with its roles and sets. */
export async function findDetail(db: Queryable, id: Id<'identity'>): Promise<IdentityDetail | undefined> {
  const [identity, roles, direct_permissions] = await Promise.all([
    db.maybe<Omit<IdentityDetail, 'roles' | 'direct_permissions'>>(sql`
      select i.id, i.login, i.display_name, i.frozen, i.attributes,
        array(select s.ref from identity_permission_set a join permission_set s on s.id = a.permset
          where a.identity = i.id order by s.ref) as permission_set_refs
      from identity i where i.id = ${id}`),
    db.many<RoleOfIdentity>(sql`
      select id, identity as identity_id, role, source, managed, created, updated
      from identity_role_assignment where identity = ${id} order by role`),
    directPermissions(db, id),
  ])
  return identity === undefined ? undefined : { ...identity, roles, direct_permissions }
}

/** The sets that are given to the identity itself. */
export function directPermissions(db: Queryable, id: Id<'identity'>): Promise<SetOfIdentity[]> {
  return db.many(sql`
    select a.id, a.identity as identity_id, a.permset as permission_set_id, s.ref as permission_set_ref, a.created
    from permission_assignment a join permission_set s on s.id = a.permset
    where a.identity = ${id} order by s.ref`)
}

/** The identity, held until the transaction ends. */
export function lock(tx: Transaction, id: Id<'identity'>): Promise<Identity | undefined> {
  return tx.maybe(sql`select * from identity where id = ${id} for update`)
}

export type NewIdentity = Pick<Identity, 'login' | 'display_name' | 'password_hash'> & {
  attributes: JsonObject
}

export function insert(tx: Transaction, identity: NewIdentity): Promise<Identity> {
  return tx.one(sql`
    insert into identity (login, display_name, password_hash, attributes)
    values (${identity.login}, ${identity.display_name}, ${identity.password_hash}, ${json(identity.attributes)})
    returning *`)
}

export function update(
  tx: Transaction,
  { id, display_name, password_hash, attributes, frozen }: Identity,
): Promise<number> {
  return tx.run(sql`
    update identity set display_name = ${display_name}, password_hash = ${password_hash},
      attributes = ${json(attributes)}, frozen = ${frozen}
    where id = ${id}`)
}

export function remove(tx: Transaction, id: Id<'identity'>): Promise<number> {
  return tx.run(sql`delete from identity where id = ${id}`)
}
