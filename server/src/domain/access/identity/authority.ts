import { isDeepStrictEqual } from 'node:util'
import type { Queryable } from '../../../database/database.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import { firstExcess, type GrantHolder, holderOf } from '../permission/delegation.ts'
import { managesPermissions } from '../permission/managing.ts'
import { findWithGrants } from './queries.ts'

/*
 * Who may do to an account what would let them act as it, or give it more. Managing permissions suffices; anybody else
 * must hold everything that the account holds, without constraints: otherwise a new password would be a way up.
 */

/** Refuses to take an account over. `deed` says what was wanted: `its password cannot be set`. */
export async function requireAuthorityOver(
  db: Queryable,
  caller: Caller,
  target: Id<'identity'>,
  deed: string,
): Promise<void> {
  const holder = holderOf(caller)
  if (isOwn(holder, target) || managesPermissions(caller)) return
  refuseExecution(holder, deed)
  refuseExcess(holder.grants, await grantsOf(db, target), deed)
}

/** Refuses attributes by which grants would hold that do not hold now, of the caller's own account too. */
export async function requireAuthorityForAttributes(
  db: Queryable,
  caller: Caller,
  target: Id<'identity'>,
): Promise<void> {
  const holder = holderOf(caller)
  if (managesPermissions(caller)) return
  const deed = 'its attributes cannot be changed'
  refuseExecution(holder, deed)
  const all = await grantsOf(db, target)
  refuseExcess(holder.grants, isOwn(holder, target) ? all.filter(hangsOnAttributes) : all, deed)
}

function isOwn(caller: GrantHolder, target: Id<'identity'>): boolean {
  return caller.kind === 'access' && caller.identity === target
}

/** An account may be given more tomorrow: what an execution makes of it would outgrow the sets of the execution. */
function refuseExecution({ kind }: GrantHolder, deed: string): void {
  if (kind !== 'execution') return
  throw new Problem(
    'FORBIDDEN',
    `An execution takes no account over: ${deed}. It can where one of its permission sets grants permissions:manage.`,
  )
}

const providers = ['oidc', 'ldap'] as const

/**
 * Refuses to tie an account to a person of an identity provider, or from one: whom the provider lets in there gets the
 * account, and the account gets the roles of that person.
 */
export function requireAuthorityOverProvider(caller: Caller, before: Json, after: Json): void {
  const [was, is] = [before, after].map((attributes) => (isJsonObject(attributes) ? attributes : {}))
  const changed = providers.find((name) => !isDeepStrictEqual(was?.[name], is?.[name]))
  if (changed === undefined || managesPermissions(caller)) return
  throw new Problem('FORBIDDEN', `Only who manages permissions changes attributes.${changed}.`, [
    { field: `attributes.${changed}`, message: 'says which person of the identity provider the account is' },
  ])
}

async function grantsOf(db: Queryable, target: Id<'identity'>): Promise<Grant[]> {
  return (await findWithGrants(db, target))?.grants ?? []
}

function hangsOnAttributes({ constraints }: Grant): boolean {
  return constraints?.attributes !== undefined
}

function refuseExcess(holder: readonly Grant[], held: readonly Grant[], deed: string): void {
  const excess = firstExcess(holder, held)
  if (excess === undefined) return
  throw new Problem(
    'FORBIDDEN',
    `The account holds ${excess}, which you do not hold everywhere: ${deed}. Whoever manages permissions can do it.`,
  )
}
