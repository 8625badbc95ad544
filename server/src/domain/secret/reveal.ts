import { Type } from 'typebox'
import type { Queryable } from '../../database/database.ts'
import { type Permission, permits } from '../caller/permission.ts'
import { Problem } from '../../problem.ts'
import type { RequestContext } from '../caller/request-context.ts'
import { actorOf } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Cipher } from './cipher.ts'
import { reveal, type SecretOwner } from './queries.ts'
import type { ExtractedSecret } from './redact.ts'

/** How a caller asks for secrets in the places of their markers. */
export const revealQuery = {
  include_secret_values: Type.Optional(
    Type.Boolean({ description: 'Secrets in the places of their markers; needs the permission decrypt.' }),
  ),
}

type Source = { db: Queryable; cipher: Cipher; permission: Permission }

const kinds = {
  enforcement_config: ['enforcement', 'config'],
  execution_config: ['execution', 'config'],
  execution_result: ['execution', 'result'],
  event_payload: ['event', 'payload'],
  pack_config: ['pack', 'config'],
} as const satisfies Record<SecretOwner, readonly [kind: string, part: string]>

/**
 * The secrets of a row for a caller who may see them. That they were shown, and which, is audited before they are: when
 * that fails, they are not.
 */
export async function revealFor(
  asking: RequestContext,
  { db, cipher, permission }: Source,
  owner: SecretOwner,
  id: number,
): Promise<ExtractedSecret[]> {
  const { caller } = asking
  const grants = caller.kind === 'access' || caller.kind === 'execution' ? caller.grants : []
  if (!permits(grants, permission)) {
    throw new Problem(
      'FORBIDDEN',
      `Secret values need the permission ${permission.join(':')}; ask an administrator.`,
    )
  }
  const secrets = (await reveal(db, cipher, owner, [id])).get(id) ?? []
  if (secrets.length === 0) return []
  const [kind, part] = kinds[owner]
  await record(db, [
    {
      category: 'secret',
      event_type: `secret.${kind}_values.decrypted`,
      outcome: 'success',
      ...actorOf(asking),
      resource_type: kind,
      resource_id: id,
      details: { part, places: secrets.map(({ pointer }) => pointer) },
    },
  ])
  return secrets
}
