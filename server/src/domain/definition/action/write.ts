import { holderOf, requireDelegable } from '../../access/permission/delegation.ts'
import type { Body } from '../form/content.ts'
import { apply, checkChange, checkNew, make, type NewBody, type Writing } from '../form/write.ts'
import { requireNameable } from '../key/naming.ts'
import { chosenRuntime, type NamedRuntime } from '../runtime/choose.ts'
import { type Action, action } from './action.ts'

/** Makes an action by hand. Last it refuses a runtime that is not there and permissions that the caller does not hold. */
export async function createAction(writing: Writing, body: NewBody & NamedRuntime): Promise<Action> {
  const { tx, caller } = writing
  const { home, content } = await checkNew(action, writing, body)
  const runtime = await chosenRuntime(tx, caller, body)
  await requireDelegable(tx, holderOf(caller).grants, content.default_execution_permission_set_refs)
  await requireNameable(tx, caller, content.key_refs)
  return make(action, writing, { home, content: { ...content, runtime: runtime?.id ?? null } })
}

/**
 * Changes what is given of an action. Whoever changes its program or the permissions that it runs with must hold
 * these: nobody puts words of their own into the mouth of an action that may do more than they. Whoever changes
 * anything about one that gets keys must be allowed to decrypt these.
 */
export async function updateAction(
  writing: Writing,
  ref: string,
  body: Body & NamedRuntime,
): Promise<Action> {
  const { tx, caller } = writing
  const { before, content } = await checkChange(action, writing, { ref, body })
  const runtime = (await chosenRuntime(tx, caller, body))?.id ?? before.runtime
  const after = { ...before, ...content, runtime }
  if (isOtherProgram(before, after))
    await requireDelegable(tx, holderOf(caller).grants, after.default_execution_permission_set_refs)
  await requireNameable(tx, caller, after.key_refs)
  return apply(action, writing, { before, content: { ...content, runtime } })
}

function isOtherProgram(before: Action, after: Action): boolean {
  const refs = (action: Action) => action.default_execution_permission_set_refs.join(' ')
  return (
    before.entrypoint !== after.entrypoint || before.runtime !== after.runtime || refs(before) !== refs(after)
  )
}
