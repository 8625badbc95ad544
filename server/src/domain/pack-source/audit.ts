import type { Transaction } from '../../database/database.ts'
import type { Caller } from '../../http/caller.ts'
import type { Id } from '../../id.ts'
import type { JsonObject } from '../../json.ts'
import { record } from '../audit/record.ts'

/** Who asks, as the audit entry tells it. */
export type Asker = { caller: Caller; request_id: string; client_ip: string; user_agent: string | null }

export type Deed = {
  what: 'pack' | 'pack_index'
  /** What was done to it, as the event type says after the dot. */
  verb: 'created' | 'updated' | 'deleted' | 'registered' | 'uploaded' | 'installed'
  resource_id: number
  resource_ref?: string
  details: JsonObject
}

/** Writes down what was done to packs and indexes, in the transaction that does it. */
export async function recordDeed(
  tx: Transaction,
  { caller, request_id, client_ip, user_agent }: Asker,
  { what, verb, ...deed }: Deed,
): Promise<void> {
  const actor = identityOf(caller)
  await record(tx, [
    {
      category: 'pack',
      event_type: `${what}.${verb}`,
      resource_type: what === 'pack' ? 'pack' : 'pack_registry_index',
      outcome: 'success',
      ...(actor === null ? {} : { actor_identity: actor }),
      actor_login: loginOf(caller),
      actor_token_type: caller.kind,
      actor_ip: client_ip,
      ...(user_agent === null ? {} : { actor_user_agent: user_agent }),
      request_id,
      ...deed,
    },
  ])
}

function identityOf(caller: Caller): Id<'identity'> | null {
  return caller.kind === 'nobody' ? null : caller.identity
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
