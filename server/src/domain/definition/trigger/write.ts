import type { Transaction } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import { publish } from '../../../messages/publish.ts'
import { Problem } from '../../../problem.ts'
import { type Changing, recordChange } from '../form/change-record.ts'
import { checkRef, checkSchemas, refuse, refuseTaken } from '../form/check.ts'
import { type Patch, patched } from '../../schema/body-fields.ts'
import * as packs from '../pack/queries.ts'
import { requireChange, requireCreate } from '../../access/permission/change.ts'
import { relink } from '../rule/queries.ts'
import type { CreateTrigger, UpdateTrigger } from './body.ts'
import * as triggers from './queries.ts'
import type { Trigger } from './trigger.ts'

type Writing = Changing & { tx: Transaction }

/** Makes a trigger by hand, of a pack or of none. Rules that name it are tied to it. */
export async function createTrigger(writing: Writing, body: CreateTrigger): Promise<Trigger> {
  const { tx, caller } = writing
  const { ref, pack_ref = null } = body
  refuse('VALIDATION_ERROR', [
    ...checkRef(ref),
    ...checkSchemas({ param_schema: body.param_schema, out_schema: body.out_schema }),
  ])
  requireCreate(caller, ['triggers', 'create'], { ref, pack_ref, what: `the trigger '${ref}'` })
  refuseTaken('trigger', ref, await triggers.findByRef(tx, ref))
  const pack = pack_ref === null ? undefined : await packs.getByRef(tx, pack_ref, 'pack_ref')
  const trigger = await triggers.insert(tx, {
    ref,
    pack: pack?.id ?? null,
    pack_ref: pack?.ref ?? null,
    label: body.label,
    description: body.description ?? null,
    param_schema: body.param_schema ?? null,
    out_schema: body.out_schema ?? null,
    enabled: body.enabled ?? true,
  })
  await relink(tx, [], [ref])
  await told(writing, trigger, 'created')
  return trigger
}

export async function updateTrigger(writing: Writing, ref: string, body: UpdateTrigger): Promise<Trigger> {
  refuse(
    'VALIDATION_ERROR',
    checkSchemas({ param_schema: valueOf(body.param_schema), out_schema: valueOf(body.out_schema) }),
  )
  const before = await getToChange(writing, ref, 'update')
  const trigger = await triggers.update(writing.tx, before.id, {
    label: body.label ?? before.label,
    description: body.description ?? before.description,
    param_schema: patched(body.param_schema, before.param_schema),
    out_schema: patched(body.out_schema, before.out_schema),
    enabled: body.enabled ?? before.enabled,
  })
  await told(writing, trigger, 'updated')
  return trigger
}

function valueOf<Value>(patch: Patch<Value>): Value | undefined {
  return patch?.op === 'set' ? patch.value : undefined
}

/** A disabled trigger refuses events, and its rules do not match. */
export async function switchTrigger(writing: Writing, ref: string, enabled: boolean): Promise<Trigger> {
  const before = await getToChange(writing, ref, 'update')
  const trigger = await triggers.setEnabled(writing.tx, before.id, enabled)
  await told(writing, trigger, enabled ? 'enabled' : 'disabled')
  return trigger
}

/** Rules and events keep its ref. */
export async function deleteTrigger(writing: Writing, ref: string): Promise<void> {
  const trigger = await getToChange(writing, ref, 'delete')
  await triggers.remove(writing.tx, trigger.id)
  await told(writing, trigger, 'deleted')
}

/** The sensor that serves it hears of the change once it is committed, and so does whoever asks later who did it. */
async function told(writing: Writing, trigger: Trigger, done: string): Promise<void> {
  const { tx, request_id } = writing
  const payload = { trigger_id: trigger.id, trigger_ref: trigger.ref }
  await publish(tx, 'TriggerChanged', [{ payload, correlation_id: request_id }])
  await recordChange(tx, writing, { kind: 'trigger', done, resource: trigger })
}

/** The trigger, held until the transaction ends, if the caller may change it. */
export async function getToChange(
  { tx, caller }: { tx: Transaction; caller: Caller },
  ref: string,
  change: 'update' | 'delete',
): Promise<Trigger> {
  const trigger = await triggers.lockByRef(tx, ref)
  if (trigger === undefined) throw noSuchTrigger(ref)
  requireChange(caller, ['triggers', change], named(trigger), noSuchTrigger)
  return trigger
}

export function noSuchTrigger(ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no trigger '${ref}'.`)
}

/** A trigger as grants are held against it. */
export function named({ id, ref, pack_ref }: Pick<Trigger, 'id' | 'ref' | 'pack_ref'>) {
  return { id, ref, pack_ref, what: `the trigger '${ref}'` }
}
