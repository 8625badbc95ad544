import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { json, join, type Sql, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import type { Key, KeySummary, OwnerType } from './key.ts'
import type { SealedColumn } from '../../secret/sealed-column.ts'

export type KeyFilter = { owner_type?: OwnerType; owner?: string }

/** By ref. `allowed` says which rows the caller may see: rows that are not shown are not counted either. */
export function list(
  db: Queryable,
  { filter, allowed }: { filter: KeyFilter; allowed: Sql },
  page: { limit: number; offset: number },
) {
  const owner_ref = sql`coalesce(k.owner_pack_ref, k.owner_action_ref, k.owner_sensor_ref)`
  const { owner_type, owner } = filter
  const conditions = [
    allowed,
    owner_type !== undefined && sql`k.owner_type = ${owner_type}`,
    owner !== undefined && sql`(k.owner = ${owner} or ${owner_ref} = ${owner})`,
  ]
  return selectPage<KeySummary>(
    db,
    {
      columns: sql`k.id, k.ref, k.owner_type, k.owner, ${owner_ref} as owner_ref, k.name, k.encrypted, k.created`,
      from: sql`key k`,
      where: join(
        conditions.filter((condition) => condition !== false),
        ' and ',
      ),
      order: sql`k.ref`,
    },
    page,
  )
}

export function findByRef(db: Queryable, ref: string): Promise<Key | undefined> {
  return db.maybe(sql`select * from key where ref = ${ref}`)
}

export function findByRefs(db: Queryable, refs: readonly string[]): Promise<Key[]> {
  return db.many(sql`select * from key where ref = any(${refs})`)
}

export function lockByRef(tx: Transaction, ref: string): Promise<Key | undefined> {
  return tx.maybe(sql`select * from key where ref = ${ref} for update`)
}

/** What is new about a key; whom it belongs to never changes. */
export type KeyContent = Pick<Key, 'name' | 'encrypted' | 'encryption_key_hash' | 'value'>

export type NewKey = KeyContent &
  Pick<
    Key,
    | 'ref'
    | 'owner_type'
    | 'owner_identity'
    | 'owner_pack'
    | 'owner_pack_ref'
    | 'owner_action'
    | 'owner_action_ref'
    | 'owner_sensor'
    | 'owner_sensor_ref'
  >

export function insert(tx: Transaction, key: NewKey): Promise<Key> {
  return tx.one(sql`
    insert into key
      (ref, owner_type, owner_identity, owner_pack, owner_pack_ref, owner_action, owner_action_ref, owner_sensor,
       owner_sensor_ref, name, encrypted, encryption_key_hash, value)
    values (${key.ref}, ${key.owner_type}, ${key.owner_identity}, ${key.owner_pack}, ${key.owner_pack_ref},
      ${key.owner_action}, ${key.owner_action_ref}, ${key.owner_sensor}, ${key.owner_sensor_ref}, ${key.name},
      ${key.encrypted}, ${key.encryption_key_hash}, ${json(key.value)})
    returning *`)
}

export function update(tx: Transaction, id: Id<'key'>, content: KeyContent): Promise<Key> {
  return tx.one(sql`
    update key set name = ${content.name}, encrypted = ${content.encrypted},
      encryption_key_hash = ${content.encryption_key_hash}, value = ${json(content.value)}
    where id = ${id}
    returning *`)
}

export function remove(tx: Transaction, id: Id<'key'>): Promise<number> {
  return tx.run(sql`delete from key where id = ${id}`)
}

/** Whose name it is already: one owner has a name once. */
export function findNamed(
  db: Queryable,
  { owner_type, owner, name }: { owner_type: OwnerType; owner: string; name: string },
): Promise<{ ref: string } | undefined> {
  return db.maybe(
    sql`select ref from key where owner_type = ${owner_type} and owner = ${owner} and name = ${name}`,
  )
}

/** An owner as it is known by id or by ref. An identity has its login for a ref. */
export function findOwner(
  db: Queryable,
  owner_type: Exclude<OwnerType, 'system'>,
  { id, ref }: { id: number | null; ref: string | null },
): Promise<{ id: number; ref: string } | undefined> {
  switch (owner_type) {
    case 'identity':
      return db.maybe(sql`select id, login as ref from identity where id = ${id}`)
    case 'pack':
      return db.maybe(sql`select id, ref from pack where id = ${id} or ref = ${ref}`)
    case 'action':
      return db.maybe(sql`select id, ref from action where id = ${id} or ref = ${ref}`)
    case 'sensor':
      return db.maybe(sql`select id, ref from sensor where id = ${id} or ref = ${ref}`)
  }
}

/** Keys whose values are encrypted. */
export const sealedColumn: SealedColumn = {
  table: sql`key`,
  id: sql`id`,
  sealed: sql`value`,
  which: sql`encrypted`,
  update: sql`update key set value = anew`,
}

export type StoredKey = Pick<
  Key,
  | 'id'
  | 'ref'
  | 'owner_type'
  | 'owner_identity'
  | 'owner_pack'
  | 'owner_pack_ref'
  | 'owner_action'
  | 'owner_action_ref'
  | 'owner_sensor_ref'
  | 'name'
  | 'encrypted'
  | 'encryption_key_hash'
> & { value: Json }
const kept = sql`k.id, k.ref, k.owner_type, k.owner_identity, k.owner_pack, k.owner_pack_ref, k.owner_action,
  k.owner_action_ref, k.owner_sensor_ref, k.name, k.encrypted, k.encryption_key_hash, k.value`

/** Keys of the system by their refs, and those of packs and of actions. The arrays keep the prepared plan: see findCandidates. */
export function findDelivered(
  db: Queryable,
  wanted: { refs: readonly string[]; packs: readonly Id<'pack'>[]; actions: readonly Id<'action'>[] },
): Promise<StoredKey[]> {
  return db.many(sql`
    select ${kept} from key k
    where (k.owner_type = 'system' and k.ref = any(array(select unnest(${wanted.refs}::text[]))))
      or k.owner_pack = any(array(select unnest(${wanted.packs}::bigint[])))
      or k.owner_action = any(array(select unnest(${wanted.actions}::bigint[])))`)
}

/** Keys of these names that belong to the system, or to the action, the pack or the owner of a rule. */
export function findForRules(
  db: Queryable,
  wants: readonly KeysOfRule[],
): Promise<(StoredKey & { rule: Id<'rule'> })[]> {
  return db.many(sql`
    select w.rule, ${kept}
    from json_to_recordset(${json(wants)}) as w (rule bigint, pack bigint, action bigint, owner bigint, names json)
    cross join lateral json_array_elements_text(w.names) as n (name)
    join key k on k.name = n.name and (k.owner_type = 'system' or k.owner_pack = w.pack
      or k.owner_action = w.action or k.owner_identity = w.owner)`)
}

/** What a rule asks the keystore for, and in whose place it asks. */
export type KeysOfRule = {
  rule: Id<'rule'>
  pack: Id<'pack'>
  action: Id<'action'> | null
  owner: Id<'identity'> | null
  names: readonly string[]
}
