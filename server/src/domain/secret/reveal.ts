import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { type Permission, permits } from '../../http/permission.ts'
import type { Log } from '../../log.ts'
import { Problem } from '../../problem.ts'
import { record } from '../audit/record.ts'
import { type Actor, by } from '../audit/who.ts'
import type { Cipher } from './cipher.ts'
import { reveal, type SecretOwner } from './queries.ts'
import type { CutOut } from './redact.ts'

/** How a caller asks for secrets in the places of their markers. */
export const revealQuery = {
  include_secret_values: Type.Optional(
    Type.Boolean({ description: 'Secrets in the places of their markers; needs the permission decrypt.' }),
  ),
}

type Asking = Actor & { log: Pick<Log, 'info'> }
type Source = { db: Queryable; cipher: Cipher; permission: Permission }

/** The secrets of a row for a caller who may see them. That it was done is logged and audited; the secrets are not. */
export async function revealFor(
  { log, ...actor }: Asking,
  { db, cipher, permission }: Source,
  owner: SecretOwner,
  id: number,
): Promise<CutOut[]> {
  const { caller, request_id } = actor
  const grants = caller.kind === 'access' || caller.kind === 'execution' ? caller.grants : []
  if (!permits(grants, permission)) {
    throw new Problem(
      'FORBIDDEN',
      `Secret values need the permission ${permission.join(':')}; ask an administrator.`,
    )
  }
  const secrets = (await reveal(db, cipher, owner, [id])).get(id) ?? []
  const [resource_type] = owner.split('_')
  await record(db, [
    {
      ...by(actor),
      category: 'secret',
      event_type: `secret.${resource_type}_values.decrypted`,
      outcome: 'success',
      resource_type: resource_type ?? owner,
      resource_id: id,
      details: { places: secrets.map(({ pointer }) => pointer) },
    },
  ])
  const who = caller.kind === 'access' ? { identity: caller.identity } : { caller: caller.kind }
  log.info(
    { ...who, owner, id, places: secrets.map(({ pointer }) => pointer), request_id },
    'secret values revealed',
  )
  return secrets
}
