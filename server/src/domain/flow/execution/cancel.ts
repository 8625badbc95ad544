import type { Transaction } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import { type AuditEntry, record } from '../../audit/record.ts'
import { isDescendant } from './queries.ts'
import { allowedExecutions, readableExecutions } from './visibility.ts'
import { isTerminal } from './status.ts'
import { askToCancel, cancelUnbegun, lockToCancel, type ExecutionToCancel } from './transitions.ts'

/** Who wants it, and with which request. */
type CancelContext = {
  caller: Caller
  request_id: string
  client_ip: string
  user_agent: string | null
}

/**
 * Ends an execution on somebody's wish: at once when nothing has begun, else by telling its worker. Asked again while
 * that is under way, it changes nothing; an execution that has ended is refused.
 */
export async function cancel(tx: Transaction, id: Id<'execution'>, context: CancelContext): Promise<void> {
  await requirePermitted(tx, id, context.caller)
  const execution = await lockToCancel(tx, id)
  if (execution === undefined) throw new Problem('NOT_FOUND', `There is no execution ${id}.`)
  const actor = actorOf(context.caller)
  const { status } = execution
  if (isTerminal(status))
    throw new Problem('CONFLICT', `Execution ${id} has ended as ${status}; there is nothing to cancel.`)
  switch (status) {
    case 'requested':
    case 'scheduling':
    case 'scheduled':
      await cancelUnbegun(tx, [id], {
        by: actor.actor_login,
        error: 'Cancelled by user before execution started',
      })
      break
    case 'running':
      await askToCancel(tx, [id], actor.actor_login)
      break
    case 'canceling':
      return
  }
  await record(tx, [{ ...entryOf(execution, context), ...actor }])
}

function entryOf(
  { id, status, action_ref, worker }: ExecutionToCancel,
  { client_ip, user_agent, request_id }: CancelContext,
): Omit<AuditEntry, keyof Actor> {
  return {
    category: 'execution',
    event_type: 'execution.cancel_requested',
    outcome: 'success',
    actor_ip: client_ip,
    ...(user_agent === null ? {} : { actor_user_agent: user_agent }),
    request_id,
    resource_type: 'execution',
    resource_id: id,
    resource_ref: action_ref,
    details: { previous_status: status, worker },
  }
}

/**
 * An execution may end what it caused, at any depth. Everybody else needs the grant; what they may not even read is not
 * there for them.
 */
async function requirePermitted(tx: Transaction, id: Id<'execution'>, caller: Caller): Promise<void> {
  const may = await tx.maybe<{ cancel: boolean; read: boolean }>(sql`
    select ${allowedExecutions(caller, ['executions', 'cancel'])} as cancel, ${readableExecutions(caller)} as read
    from execution e
    where e.id = ${id}`)
  if (may?.cancel === true) return
  if (caller.kind === 'execution') {
    if (await isDescendant(tx, id, caller.execution)) return
    throw new Problem(
      'FORBIDDEN',
      'The token of an execution cancels what that execution caused; others only with the permission executions:cancel.',
    )
  }
  if (may?.read !== true) throw new Problem('NOT_FOUND', `There is no execution ${id}.`)
  throw new Problem(
    'FORBIDDEN',
    `This needs the permission executions:cancel for execution ${id}; ask an administrator.`,
  )
}

type Actor = Required<Pick<AuditEntry, 'actor_identity' | 'actor_login' | 'actor_token_type'>>

function actorOf(caller: Caller): Actor {
  switch (caller.kind) {
    case 'access':
      return { actor_identity: caller.identity, actor_login: caller.login, actor_token_type: 'access' }
    case 'execution':
      return {
        actor_identity: caller.runs_as,
        actor_login: `execution:${caller.execution}`,
        actor_token_type: 'execution',
      }
    case 'sensor':
    case 'nobody':
      throw new Problem('FORBIDDEN', `A ${caller.kind} token cancels no executions.`)
  }
}
