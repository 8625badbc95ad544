import type { Queryable, Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { type AuditEntry, record } from '../../audit/record.ts'
import { Problem } from '../../../problem.ts'
import * as identities from '../../access/identity/queries.ts'
import { type Authority, authorityOf, boundOf } from '../../access/permission/authority.ts'
import { grantsOf } from '../../access/permission/queries.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { allowsKey } from './access.ts'
import * as keys from './queries.ts'
import { targetOf, valueOf } from './write.ts'

/** An execution that is about to run, as far as it decides which keys it gets. */
export type KeyRecipient = {
  execution: Id<'execution'>
  correlation_id: string | null
  action: Id<'action'>
  action_ref: string
  pack: Id<'pack'>
  /** The keys of the system that its action names. */
  key_refs: readonly string[]
  /** Who it runs as. */
  executor: Id<'identity'> | null
  permission_set_refs: readonly string[]
  /** What bounds it, where an execution set it up. */
  authority_set_refs: readonly string[] | null
}

/** The keys of an execution, of one name the last is meant; or why it cannot have those that its action names. */
export type KeyAssignment =
  | { kind: 'assigned'; keys: readonly keys.StoredKey[] }
  | { kind: 'refused'; reason: string }

/**
 * The keys that a batch of executions gets: those of its action and of the pack belong to what runs. A key of the
 * system goes only to an action that names it, where the identity that it runs as, or one of its permission sets, may
 * decrypt it, and leaves an audit row in the transaction of the claim. What names a key and cannot have it does not run.
 */
export async function assignKeys(
  tx: Transaction,
  recipients: readonly KeyRecipient[],
  { inject_system_keys }: { inject_system_keys: boolean },
): Promise<Map<Id<'execution'>, KeyAssignment>> {
  const found = await keys.findDelivered(tx, {
    refs: [...new Set(recipients.flatMap(({ key_refs }) => key_refs))],
    packs: [...new Set(recipients.map(({ pack }) => pack))],
    actions: [...new Set(recipients.map(({ action }) => action))],
  })
  const naming = recipients.filter(({ key_refs }) => key_refs.length > 0)
  const readers = inject_system_keys && naming.length > 0 ? await readersOf(tx, naming) : nobody
  const ofSystem = new Map(
    found.flatMap((key) => (key.owner_type === 'system' ? [[key.ref, key] as const] : [])),
  )
  const assign = (recipient: KeyRecipient): KeyAssignment => {
    const { key_refs, pack, action } = recipient
    const reader = readers(recipient)
    const reasons = inject_system_keys
      ? key_refs.flatMap((ref) => refusalOf(reader, ref, ofSystem.get(ref)) ?? [])
      : key_refs.map(withheld)
    if (reasons.length > 0) return { kind: 'refused', reason: reasons.join(' ') }
    const named = key_refs.flatMap((ref) => ofSystem.get(ref) ?? [])
    const own = [
      ...found.filter(({ owner_pack }) => owner_pack === pack),
      ...found.filter(({ owner_action }) => owner_action === action),
    ]
    return { kind: 'assigned', keys: [...named, ...own] }
  }
  const assigned = new Map(recipients.map((recipient) => [recipient.execution, assign(recipient)]))
  const served = naming.filter(({ execution }) => assigned.get(execution)?.kind === 'assigned')
  await record(
    tx,
    served.map((recipient) => deliveryOf(recipient, readers(recipient))),
  )
  return assigned
}

function refusalOf(reader: Authority, ref: string, key: keys.StoredKey | undefined): string | undefined {
  if (key === undefined)
    return `There is no key '${ref}' of the system, which the action names in key_refs; create it, or correct the action.`
  if (reader.every((bearer) => allowsKey(bearer, 'decrypt', targetOf(key)))) return undefined
  return `The key '${ref}', which the action names in key_refs, may not be decrypted by who the execution runs as; grant keys:decrypt for it, or run the action as somebody who may.`
}

function withheld(ref: string): string {
  return `The key '${ref}', which the action names in key_refs, is not delivered by this worker: worker.inject_system_keys is false there; let the action run elsewhere.`
}

/** What is on record of an execution that gets keys of the system. */
function deliveryOf(recipient: KeyRecipient, [account]: Authority): AuditEntry {
  const { execution, action_ref, executor, correlation_id, key_refs } = recipient
  return {
    category: 'secret',
    event_type: 'secret.key.delivered',
    outcome: 'success',
    ...(executor === null ? {} : { actor_identity: executor }),
    ...('login' in account ? { actor_login: account.login } : {}),
    actor_token_type: 'execution',
    ...(correlation_id === null ? {} : { request_id: correlation_id }),
    resource_type: 'execution',
    resource_id: execution,
    resource_ref: action_ref,
    details: { key_refs: [...key_refs] },
  }
}

/** What an action gets besides its parameters, and what of it must not show anywhere. */
export type DeliveredKeys = { values: Record<string, Json>; secrets: Json[] }

/** Opens the keys of an execution. One that it cannot have, or that cannot be read, is a Problem that names it. */
export function openKeys(assignment: KeyAssignment, cipher: Cipher): DeliveredKeys {
  if (assignment.kind === 'refused') throw new Problem('FORBIDDEN', assignment.reason)
  const byName = new Map(assignment.keys.map((key) => [key.name, key]))
  const opened = [...byName.values()].map((key) => ({ key, value: valueOf(key, cipher) }))
  return {
    values: Object.fromEntries(opened.map(({ key, value }) => [key.name, value])),
    secrets: opened.flatMap(({ key, value }) => (key.encrypted ? [value] : [])),
  }
}

type Readers = (recipient: KeyRecipient) => Authority
const nobody: Readers = () => authorityOf(undefined, null)

/**
 * Whoever an execution runs as, with what its permission sets add, within its bound. A frozen account reads nothing,
 * and the platform no more than the permission sets do.
 */
async function readersOf(db: Queryable, recipients: readonly KeyRecipient[]): Promise<Readers> {
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
