import { IsOptional } from 'typebox'
import type { Transaction } from '../../../database/database.ts'
import type { Id } from '../../../id.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import type { Caller } from '../../caller/caller.ts'
import { requireChange, requireCreate } from '../../access/permission/change.ts'
import * as packs from '../pack/queries.ts'
import { type Changing, recordChange } from './change-record.ts'
import { refuseTaken } from './check.ts'
import { type Body, changedContent, contentOf, refuseWrong } from './content.ts'
import { type Definition, type Kind, targetOf } from './definition.ts'
import type { ContentOf, DecidedOf, Fields, GivenOf, RowOf } from './field.ts'
import * as rows from './rows.ts'

/*
 * How a definition is made, changed and removed by hand: what is the same of every kind. What a kind refuses and decides
 * besides stands between the check and the writing.
 */

export type Writing = Changing & { tx: Transaction }
export type NewBody = Body & { ref: string; pack_ref?: string | null }
/** The pack that a new one belongs to, if any. */
type Home = { id: Id<'pack'> | null; ref: string | null }

/**
 * What a new one is to be. Refuses, in this order: what is wrong with it by itself, a pack in which the caller makes
 * none, a ref that is taken, and a pack that is not there.
 */
export async function checkNew<F extends Fields>(
  definition: Definition<F>,
  { tx, caller }: Writing,
  body: NewBody,
  { also = [], ...owner }: { owner?: Id<'identity'> | null; also?: readonly FieldProblem[] } = {},
): Promise<{ home: Home; content: GivenOf<F> }> {
  const { kind, resource, fields } = definition
  const { ref, pack_ref = null } = body
  refuseWrong(fields, body, { patches: false, also })
  const what = `the ${kind} '${ref}'${needsPack(fields) ? ` of the pack '${pack_ref}'` : ''}`
  requireCreate(caller, [resource, 'create'], { ref, pack_ref, ...owner, what })
  refuseTaken(kind, ref, await rows.findByRef(tx, definition, ref))
  const pack = pack_ref === null ? undefined : await packs.getByRef(tx, pack_ref, 'pack_ref')
  return { home: { id: pack?.id ?? null, ref: pack?.ref ?? null }, content: contentOf(fields, body) }
}

function needsPack({ pack_ref }: Fields): boolean {
  return pack_ref?.create !== undefined && !IsOptional(pack_ref.create)
}

export async function make<F extends Fields>(
  definition: Definition<F>,
  writing: Writing,
  { home, content }: { home: Home; content: ContentOf<F> },
): Promise<RowOf<F>> {
  const made = await rows.insert(writing.tx, definition, home, content)
  await tell(definition, writing, made, 'created')
  return made
}

/** The row before a change, and what of it is to be another. */
export async function checkChange<F extends Fields>(
  definition: Definition<F>,
  writing: Writing,
  { ref, body, also = [] }: { ref: string; body: Body; also?: readonly FieldProblem[] },
): Promise<{ before: RowOf<F>; content: Partial<GivenOf<F>> }> {
  refuseWrong(definition.fields, body, { patches: true, also })
  const before = await getToChange(definition, writing, ref, 'update')
  return { before, content: changedContent(definition.fields, before, body) }
}

export async function apply<F extends Fields>(
  definition: Definition<F>,
  writing: Writing,
  { before, content }: { before: { id: number }; content: Partial<GivenOf<F>> & Partial<DecidedOf<F>> },
): Promise<RowOf<F>> {
  const after = await rows.update(writing.tx, definition, before.id, content)
  await tell(definition, writing, after, 'updated')
  return after
}

/** Switches one on or off. */
export async function switchOn<F extends Fields>(
  definition: Definition<F>,
  writing: Writing,
  ref: string,
  enabled: boolean,
): Promise<RowOf<F>> {
  const { id } = await getToChange(definition, writing, ref, 'update')
  const after = await rows.update(writing.tx, definition, id, { enabled })
  await tell(definition, writing, after, enabled ? 'enabled' : 'disabled')
  return after
}

export async function remove<F extends Fields>(
  definition: Definition<F>,
  writing: Writing,
  ref: string,
  permit: (before: RowOf<F>) => Promise<void> = async () => undefined,
): Promise<void> {
  const before = await getToChange(definition, writing, ref, 'delete')
  await permit(before)
  await rows.remove(writing.tx, definition, [ref])
  await tell(definition, writing, before, 'deleted')
}

/** Whoever works with it hears of the change once it is committed, and so does whoever asks later who did it. */
async function tell<F extends Fields>(
  definition: Definition<F>,
  writing: Writing,
  row: RowOf<F>,
  done: string,
): Promise<void> {
  await definition.announce?.(writing.tx, row, writing.request_id)
  await recordChange(writing.tx, writing, { kind: definition.kind, done, resource: row })
}

/** The row, held until the transaction ends, if the caller may change it. */
export async function getToChange<F extends Fields>(
  definition: Definition<F>,
  { tx, caller }: { tx: Transaction; caller: Caller },
  ref: string,
  change: 'update' | 'delete',
): Promise<RowOf<F>> {
  const row = await rows.lockByRef(tx, definition, ref)
  if (row === undefined) throw noSuch(definition, ref)
  requireChange(caller, [definition.resource, change], targetOf(definition, row), () =>
    noSuch(definition, ref),
  )
  return row
}

export function noSuch({ kind }: Kind, ref: string): Problem {
  return new Problem('NOT_FOUND', `There is no ${kind} '${ref}'.`)
}
