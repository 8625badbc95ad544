import type { Queryable } from '../../database/database.ts'
import type { Id } from '../../id.ts'
import type { Json } from '../../json.ts'
import * as identities from '../identity/queries.ts'
import { type Authority, authorityOf, boundOf } from '../permission/authority.ts'
import { grantsOf } from '../permission/queries.ts'
import type { Cipher } from '../secret/cipher.ts'
import { allowsKey } from './access.ts'
import * as keys from './queries.ts'
import { targetOf, valueOf } from './write.ts'

/** An execution that is about to run, as far as it decides which keys it gets. */
export type Recipient = {
  action: Id<'action'>
  pack: Id<'pack'>
  /** Who it runs as. */
  executor: Id<'identity'> | null
  permission_set_refs: readonly string[]
  /** What bounds it, where an execution set it up. */
  authority_set_refs: readonly string[] | null
}

/** The keys of each recipient; of one name, the last is meant. */
export type Assigned = (recipient: Recipient) => keys.KeptKey[]

/**
 * The keys that a batch of executions gets: those of its action and of the pack belong to what runs. A key of the
 * system goes only where the identity that it runs as, or one of its permission sets, may read it.
 */
export async function assignKeys(
  db: Queryable,
  recipients: readonly Recipient[],
  { inject_system_keys }: { inject_system_keys: boolean },
): Promise<Assigned> {
  const found = await keys.findDelivered(db, {
    packs: [...new Set(recipients.map(({ pack }) => pack))],
    actions: [...new Set(recipients.map(({ action }) => action))],
  })
  const ofSystem = inject_system_keys ? found.filter(({ owner_type }) => owner_type === 'system') : []
  const readers = ofSystem.length > 0 ? await readersOf(db, recipients) : nobody
  return (recipient) => {
    const reader = readers(recipient)
    return [
      ...ofSystem.filter((key) => reader.every((bearer) => allowsKey(bearer, 'read', targetOf(key)))),
      ...found.filter(({ owner_pack }) => owner_pack === recipient.pack),
      ...found.filter(({ owner_action }) => owner_action === recipient.action),
    ]
  }
}

/** What an action gets besides its parameters, and what of it must not show anywhere. */
export type Delivered = { values: Record<string, Json>; secrets: Json[] }

/** Opens the keys of an execution. One that cannot be read is a Problem that names it. */
export function openKeys(assigned: readonly keys.KeptKey[], cipher: Cipher): Delivered {
  const byName = new Map(assigned.map((key) => [key.name, key]))
  const opened = [...byName.values()].map((key) => ({ key, value: valueOf(key, cipher) }))
  return {
    values: Object.fromEntries(opened.map(({ key, value }) => [key.name, value])),
    secrets: opened.flatMap(({ key, value }) => (key.encrypted ? [value] : [])),
  }
}

type Readers = (recipient: Recipient) => Authority
const nobody: Readers = () => authorityOf(undefined, null)

/**
 * Whoever an execution runs as, with what its permission sets add, within its bound. A frozen account reads nothing,
 * and the platform no more than the permission sets do.
 */
async function readersOf(db: Queryable, recipients: readonly Recipient[]): Promise<Readers> {
  const executors = new Set(recipients.flatMap(({ executor }) => (executor === null ? [] : [executor])))
  const refs = new Set(
    recipients.flatMap(({ permission_set_refs, authority_set_refs }) => [
      ...permission_set_refs,
      ...(authority_set_refs ?? []),
    ]),
  )
  const sets = await grantsOf(db, [...refs])
  const accounts = new Map<Id<'identity'>, Awaited<ReturnType<typeof identities.findWithGrants>>>()
  for (const executor of executors) accounts.set(executor, await identities.findWithGrants(db, executor))
  return ({ executor, permission_set_refs, authority_set_refs }) => {
    const account = executor === null ? undefined : accounts.get(executor)
    const added = permission_set_refs.flatMap((ref) => sets.get(ref) ?? [])
    const lent = account === undefined ? account : { ...account, grants: [...account.grants, ...added] }
    return authorityOf(lent, boundOf(authority_set_refs, sets))
  }
}
