import type { Transaction } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { toId } from '../../../id.ts'
import { oversize } from '../../../text/document-size.ts'
import type { Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { allowsKey, demandKey, type KeyTarget } from './access.ts'
import type { CreateKey, UpdateKey } from './body.ts'
import { type Key, ownerRefOf } from './key.ts'
import * as keys from './queries.ts'

export type Writing = { tx: Transaction; caller: Caller; cipher: Cipher; inline_limit_bytes: number }

/** Makes a key. Its owner is named by id or by ref; exactly one, of the kind that `owner_type` says. */
export async function createKey(writing: Writing, body: CreateKey): Promise<Key> {
  const { tx, caller, cipher } = writing
  const owner = await ownerOf(tx, body)
  const encrypted = body.encrypted ?? true
  demandKey(caller, 'create', {
    ref: body.ref,
    owner_type: body.owner_type,
    owner_identity: owner.owner_identity,
    owner_ref: ownerRefOf(owner) ?? null,
    encrypted,
  })
  requireSize(body.value, writing.inline_limit_bytes)
  if ((await keys.findByRef(tx, body.ref)) !== undefined) throw taken('ref', body.ref)
  await requireFreeName(tx, { ...body, owner: owner.owner })
  const { owner: _, ...columns } = owner
  return keys.insert(tx, {
    ref: body.ref,
    owner_type: body.owner_type,
    name: body.name,
    ...columns,
    ...stored(cipher, body.value, encrypted),
  })
}

/**
 * Changes name, value or whether it is encrypted; what is not given or null stays. The flag never changes without the
 * value being encrypted or decrypted with it, and whoever lays a secret open must be allowed to read it.
 */
export async function updateKey(writing: Writing, ref: string, body: UpdateKey): Promise<Key> {
  const { tx, caller, cipher } = writing
  const before = await keys.lockByRef(tx, ref)
  if (before === undefined || !allowsKey(caller, 'read', targetOf(before))) throw noSuchKey(ref)
  const change = changeOf(before, body)
  demandChange(caller, before, change)
  const { name, encrypted, value } = change
  if (name !== before.name) await requireFreeName(tx, { ...before, owner: before.owner ?? '', name })
  if (value !== null) requireSize(value, writing.inline_limit_bytes)
  if (value === null && encrypted === before.encrypted) return keys.update(tx, before.id, { ...before, name })
  const content = stored(cipher, value ?? valueOf(before, cipher), encrypted)
  return keys.update(tx, before.id, { name, ...content })
}

/** What a key becomes; a value of null stays. */
type Change = { name: string; encrypted: boolean; value: Json }

function changeOf(before: Key, { name, encrypted, value }: UpdateKey): Change {
  return { name: name ?? before.name, encrypted: encrypted ?? before.encrypted, value: value ?? null }
}

/** Both what the key is and what it becomes must be in reach of the caller. */
function demandChange(caller: Caller, before: Key, { encrypted, value }: Change): void {
  demandKey(caller, 'update', targetOf(before))
  demandKey(caller, 'update', targetOf({ ...before, encrypted }))
  if (value === null && before.encrypted && !encrypted) demandKey(caller, 'decrypt', targetOf(before))
}

/** The value in clear. */
export function valueOf(
  {
    ref,
    value,
    encrypted,
    encryption_key_hash,
  }: Pick<Key, 'ref' | 'value' | 'encrypted' | 'encryption_key_hash'>,
  cipher: Cipher,
): Json {
  if (!encrypted) return value
  try {
    return cipher.decrypt(typeof value === 'string' ? value : '', encryption_key_hash)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem(error.code, `The key '${ref}' cannot be read. ${error.message}`)
  }
}

export function targetOf(
  key: Pick<
    Key,
    | 'id'
    | 'ref'
    | 'owner_type'
    | 'owner_identity'
    | 'owner_pack_ref'
    | 'owner_action_ref'
    | 'owner_sensor_ref'
    | 'encrypted'
  >,
): KeyTarget {
  const { id, ref, owner_type, owner_identity, encrypted } = key
  return { id, ref, owner_type, owner_identity, encrypted, owner_ref: ownerRefOf(key) ?? null }
}

export function noSuchKey(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no key '${ref}'.`)
}

function stored(cipher: Cipher, value: Json, encrypted: boolean) {
  return encrypted
    ? { encrypted, value: cipher.encrypt(value), encryption_key_hash: cipher.key_hash }
    : { encrypted, value, encryption_key_hash: null }
}

type Owner = Pick<
  Key,
  | 'owner_identity'
  | 'owner_pack'
  | 'owner_pack_ref'
  | 'owner_action'
  | 'owner_action_ref'
  | 'owner_sensor'
  | 'owner_sensor_ref'
> & { owner: string }

const nobody = {
  owner_identity: null,
  owner_pack: null,
  owner_pack_ref: null,
  owner_action: null,
  owner_action_ref: null,
  owner_sensor: null,
  owner_sensor_ref: null,
}

/** Which fields of a body name an owner of a kind. */
const fields = {
  identity: ['owner_identity'],
  pack: ['owner_pack', 'owner_pack_ref'],
  action: ['owner_action', 'owner_action_ref'],
  sensor: ['owner_sensor', 'owner_sensor_ref'],
} as const

async function ownerOf(tx: Transaction, body: CreateKey): Promise<Owner> {
  const { owner_type } = body
  for (const [type, names] of Object.entries(fields)) {
    const foreign = names.find((name) => type !== owner_type && body[name] != null)
    if (foreign !== undefined)
      throw wrongOwner(foreign, `does not go with owner_type ${owner_type}; leave it out`)
  }
  if (owner_type === 'system') return { ...nobody, owner: 'system' }
  const named = namedOwner(body, owner_type)
  const { id, ref } = await findNamedOwner(tx, owner_type, named)
  switch (owner_type) {
    case 'identity':
      return { ...nobody, owner: String(id), owner_identity: toId<'identity'>(id) }
    case 'pack':
      return { ...nobody, owner: String(id), owner_pack: toId<'pack'>(id), owner_pack_ref: ref }
    case 'action':
      return { ...nobody, owner: String(id), owner_action: toId<'action'>(id), owner_action_ref: ref }
    case 'sensor':
      return { ...nobody, owner: String(id), owner_sensor: toId<'sensor'>(id), owner_sensor_ref: ref }
  }
}

type Named = { id: number | null; ref: string | null; field: string }

function namedOwner(body: CreateKey, owner_type: keyof typeof fields): Named {
  const id = body[fields[owner_type][0]] ?? null
  const refField = owner_type === 'identity' ? undefined : fields[owner_type][1]
  const ref = refField === undefined ? null : (body[refField] ?? null)
  if (id === null && ref === null)
    throw wrongOwner(refField ?? 'owner_identity', 'is missing: name the owner')
  return { id, ref, field: id === null && refField !== undefined ? refField : fields[owner_type][0] }
}

async function findNamedOwner(
  tx: Transaction,
  owner_type: keyof typeof fields,
  { id, ref, field }: Named,
): Promise<{ id: number; ref: string }> {
  const found = await keys.findOwner(tx, owner_type, id === null ? { id, ref } : { id, ref: null })
  if (found === undefined) throw wrongOwner(field, `names no ${owner_type}`)
  if (ref !== null && found.ref !== ref) throw wrongOwner(field, `is not the ${owner_type} '${ref}'`)
  return found
}

function wrongOwner(field: string, message: string): Problem {
  return new Problem('BAD_REQUEST', `${field} ${message}.`, [{ field, message }])
}

async function requireFreeName(
  tx: Transaction,
  wanted: { owner_type: Key['owner_type']; owner: string; name: string },
): Promise<void> {
  if ((await keys.findNamed(tx, wanted)) !== undefined) throw taken('name', wanted.name)
}

function taken(field: 'ref' | 'name', value: string): Problem {
  const what = field === 'ref' ? `There is a key '${value}'` : `The owner has a key of the name '${value}'`
  return new Problem('CONFLICT', `${what} already; choose another ${field} or change that one.`, [
    { field, message: 'is taken' },
  ])
}

function requireSize(value: Json, limit: number): void {
  const message = oversize(value, limit)
  if (message === undefined) return
  throw new Problem('PAYLOAD_TOO_LARGE', `value: ${message}.`, [{ field: 'value', message }])
}
