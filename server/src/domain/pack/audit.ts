import type { Transaction } from '../../database/database.ts'
import type { Caller } from '../../http/caller.ts'
import type { JsonObject } from '../../json.ts'
import { record } from '../audit/record.ts'
import type { Pack } from './pack.ts'

/** Who changes a pack, as the audit entry tells it. */
export type Actor = {
  caller: Caller
  request_id: string
  client_ip?: string
  user_agent?: string | null
}

/** Notes what was done to a pack, in the transaction that does it. */
export async function recordChange(
  tx: Transaction,
  verb: 'created' | 'registered' | 'updated' | 'deleted' | 'tested',
  pack: Pick<Pack, 'id' | 'ref' | 'version'>,
  { by, details = {} }: { by: Actor; details?: JsonObject },
): Promise<void> {
  const { caller, request_id, client_ip, user_agent } = by
  await record(tx, [
    {
      category: 'pack',
      event_type: `pack.${verb}`,
      outcome: 'success',
      ...(caller.kind === 'nobody' || caller.identity === null ? {} : { actor_identity: caller.identity }),
      actor_login: loginOf(caller),
      actor_token_type: caller.kind,
      ...(client_ip === undefined ? {} : { actor_ip: client_ip }),
      ...(typeof user_agent === 'string' ? { actor_user_agent: user_agent } : {}),
      request_id,
      resource_type: 'pack',
      resource_id: pack.id,
      resource_ref: pack.ref,
      details: { version: pack.version, ...details },
    },
  ])
}

function loginOf(caller: Caller): string {
  switch (caller.kind) {
    case 'nobody':
      return 'nobody'
    case 'access':
      return caller.login
    case 'sensor':
      return caller.sensor_ref
    case 'execution':
      return `execution:${caller.execution}`
  }
}
