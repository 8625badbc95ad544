import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import type { Identity } from './identity.ts'
import type { ProfileRow } from './profile.ts'

export function findByLogin(db: Queryable, login: string): Promise<Identity | undefined> {
  return db.maybe(sql`select * from identity where login = ${login}`)
}

export function find(db: Queryable, id: Id<'identity'>): Promise<Identity | undefined> {
  return db.maybe(sql`select * from identity where id = ${id}`)
}

/** Every grant that `identity i` holds. */
export const heldGrants = sql`
  coalesce((select jsonb_agg(g) from identity_permission_set a
    join permission_set s on s.id = a.permset
    cross join jsonb_array_elements(s.grants) g
    where a.identity = i.id), '[]')`

/** The identity behind a request with every grant it holds, in one look-up. */
export function findWithGrants(
  db: Queryable,
  id: Id<'identity'>,
): Promise<
  (Pick<Identity, 'id' | 'login' | 'frozen'> & { attributes: JsonObject; grants: Grant[] }) | undefined
> {
  return db.maybe(sql`
    select i.id, i.login, i.frozen, i.attributes, ${heldGrants} as grants
    from identity i
    where i.id = ${id}`)
}

/** Creates the account if its login is free; an existing one keeps its password. */
export function createIfAbsent(
  db: Queryable,
  account: { login: string; display_name: string | null; password_hash: string },
): Promise<Identity | undefined> {
  return db.maybe(sql`
    insert into identity (login, display_name, password_hash)
    values (${account.login}, ${account.display_name}, ${account.password_hash})
    on conflict (login) do nothing
    returning *`)
}

/** Gives the account a permission set. Harmless when it has it already or when the set is not there yet. */
export function assign(db: Queryable, login: string, permissionSetRef: string): Promise<number> {
  return db.run(sql`
    insert into permission_assignment (identity, permset)
    select i.id, s.id from identity i, permission_set s
    where i.login = ${login} and s.ref = ${permissionSetRef}
    on conflict do nothing`)
}

/** An account with the permission sets assigned to it and all their grants. */
export function findProfile(db: Queryable, id: Id<'identity'>): Promise<ProfileRow | undefined> {
  return db.maybe(sql`
    select i.id, i.login, i.display_name, i.attributes,
      ${heldGrants} as grants,
      array(select s.ref from identity_permission_set a
        join permission_set s on s.id = a.permset
        where a.identity = i.id
        order by s.ref) as permission_set_refs
    from identity i
    where i.id = ${id}`)
}

/** The account in whose name a sensor outside the platform works: freezing it stops the sensor. Made when there is none. */
export async function ensureSensorAccount(db: Queryable, ref: string): Promise<Identity> {
  const login = `sensor:${ref}`
  await db.run(
    sql`insert into identity (login, display_name) values (${login}, ${`Sensor ${ref}`}) on conflict (login) do nothing`,
  )
  return db.one(sql`select * from identity where login = ${login}`)
}

export function setPassword(db: Queryable, id: Id<'identity'>, password_hash: string): Promise<number> {
  return db.run(sql`update identity set password_hash = ${password_hash} where id = ${id}`)
}

export function setDisplayName(
  db: Queryable,
  id: Id<'identity'>,
  display_name: string | null,
): Promise<number> {
  return db.run(sql`update identity set display_name = ${display_name} where id = ${id}`)
}
