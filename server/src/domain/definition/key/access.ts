import { type Sql, sql } from '../../../database/sql.ts'
import type { Caller } from '../../caller/caller.ts'
import { type Grant, mentions, type Permission } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { Target } from '../../caller/constraint.ts'
import { allowedRows, allows, type GrantBearer } from '../../caller/scope.ts'
import type { OwnerType } from './key.ts'

export type KeyAction = 'read' | 'create' | 'update' | 'delete' | 'decrypt'

/** What grants for keys are held against. */
export type KeyTarget = {
  id?: number
  ref: string
  owner_type: OwnerType
  owner_identity: Id<'identity'> | null
  owner_ref: string | null
  encrypted: boolean
}

/**
 * Whether the caller may do this to the key. A key of another identity is reached only by a grant that speaks of
 * owners or names keys: what lets someone keep the platform's keys does not let them into everybody's own.
 */
export function allowsKey(caller: GrantBearer, action: KeyAction, key: KeyTarget): boolean {
  if (caller.kind === 'sensor') return sensorMay(caller, action, key)
  const holder = withStandard(caller)
  const counts = isOfAnother(caller, key) ? speaksOfOwners : undefined
  return allows(holder, permissionOf(action), targetOf(key), counts)
}

/** Refuses with 403 what `allowsKey` does not. */
export function demandKey(caller: Caller, action: KeyAction, key: KeyTarget): void {
  if (allowsKey(caller, action, key)) return
  throw new Problem(
    'FORBIDDEN',
    `This needs the permission keys:${action} for the key '${key.ref}'; ask an administrator.`,
  )
}

/** Refuses a caller with no grant for this at all: an empty list would look as if there were no keys. */
export function demandSome(caller: Caller, action: KeyAction): void {
  if (caller.kind === 'sensor' && !caller.of_host)
    throw new Problem('FORBIDDEN', 'Only the tokens that hosts make for their sensors read keys.')
  const holder = withStandard(caller)
  if (!('grants' in holder) || mentions(holder.grants, permissionOf(action))) return
  throw new Problem('FORBIDDEN', `This needs the permission keys:${action}; ask an administrator.`)
}

/** The condition that `allowsKey` is, for the rows of `key k`. */
export function allowedKeys(caller: Caller, action: KeyAction): Sql {
  if (caller.kind === 'sensor') return sensorRows(caller)
  const holder = withStandard(caller)
  const all = allowedRows(holder, permissionOf(action), columns)
  const narrow = allowedRows(holder, permissionOf(action), columns, speaksOfOwners)
  const own = selfOf(caller)
  return sql`case when k.owner_type = 'identity' and k.owner_identity is distinct from ${own}::bigint
    then ${narrow} else ${all} end`
}

const columns = {
  id: sql`k.id`,
  ref: sql`k.ref`,
  owner: sql`k.owner_identity`,
  owner_type: sql`k.owner_type`,
  owner_ref: sql`coalesce(k.owner_pack_ref, k.owner_action_ref, k.owner_sensor_ref)`,
  encrypted: sql`k.encrypted`,
}

const permissionOf = (action: KeyAction): Permission => ['keys', action]

function targetOf({ id, ref, owner_type, owner_identity, owner_ref, encrypted }: KeyTarget): Target {
  const target = { ref, owner_type, owner: owner_identity, owner_ref, encrypted }
  return id === undefined ? target : { ...target, id }
}

function isOfAnother(caller: GrantBearer, { owner_type, owner_identity }: KeyTarget): boolean {
  const self = selfOf(caller)
  return owner_type === 'identity' && (self === null || owner_identity !== self)
}

/** The account whose keys are the caller's own: an execution is nobody's. */
function selfOf(caller: GrantBearer): Id<'identity'> | null {
  return caller.kind === 'access' ? caller.identity : null
}

function speaksOfOwners({ constraints }: Grant): boolean {
  const { owner, owner_types, owner_refs, refs, ids } = constraints ?? {}
  return [owner, owner_types, owner_refs, refs, ids].some((constraint) => constraint !== undefined)
}

/** An execution that has `standard` reads the keys of its own action and of the pack of that. */
function withStandard(caller: GrantBearer): GrantBearer {
  if (caller.kind !== 'execution' || !caller.permission_set_refs.includes('standard')) return caller
  const { action_ref } = caller
  const owners = { owner_types: ['pack', 'action'], owner_refs: [action_ref, packOf(action_ref)] }
  const own: Grant = { resource: 'keys', actions: ['read', 'decrypt'], constraints: owners }
  return { ...caller, grants: [...caller.grants, own] }
}

type SensorCaller = Extract<Caller, { kind: 'sensor' }>

/**
 * A sensor reads its own keys and those of its pack, and keeps its own. Only the process that a host runs does: whoever
 * asks for a token by hand would get secrets that they may not see.
 */
function sensorMay(
  { sensor_ref, pack_ref, of_host }: SensorCaller,
  action: KeyAction,
  { owner_type, owner_ref }: KeyTarget,
): boolean {
  if (!of_host) return false
  if (owner_type === 'sensor') return owner_ref === sensor_ref
  const reads = action === 'read' || action === 'decrypt'
  return reads && owner_type === 'pack' && owner_ref === pack_ref
}

function sensorRows({ sensor_ref, pack_ref, of_host }: SensorCaller): Sql {
  if (!of_host) return sql`false`
  return sql`((k.owner_type = 'sensor' and k.owner_sensor_ref = ${sensor_ref})
    or (k.owner_type = 'pack' and k.owner_pack_ref = ${pack_ref}))`
}

function packOf(ref: string): string {
  return ref.split('.')[0] ?? ref
}
