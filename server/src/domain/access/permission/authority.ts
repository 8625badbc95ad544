import { answerableFor } from '../../caller/caller.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import type { GrantHolder } from './delegation.ts'
import type { GrantBearer } from '../../caller/scope.ts'

/*
 * In whose name something acts later: a rule, and the executions that follow from it. What a person sets up may do what
 * the person may. What an execution sets up acts in the name of the account that the execution runs as, and within the
 * permission sets of the execution for good: it passes the bound on to whatever follows from it.
 */

/** The two columns of a rule, an enforcement and an execution that say so. */
export type Ownership = {
  owner_identity: Id<'identity'>
  /** Null: there is no bound but the account's own. */
  authority_set_refs: string[] | null
}

/** Whose is what the caller sets up. */
export function ownershipOf(caller: GrantHolder): Ownership {
  const authority_set_refs = caller.kind === 'execution' ? caller.permission_set_refs : null
  return { owner_identity: answerableFor(caller), authority_set_refs }
}

/** What is allowed to an authority is allowed to each of its bearers: ask with `every`. */
export type Authority = readonly [GrantBearer, ...GrantBearer[]]

type Account = {
  id: Id<'identity'>
  login: string
  frozen: boolean
  attributes: JsonObject
  grants: readonly Grant[]
}

/**
 * What an account may now, and of that only what the sets of a bound grant now. An account that is gone or frozen may
 * nothing.
 */
export function authorityOf(account: Account | undefined, bound: readonly Grant[] | null): Authority {
  const bearer = bearerOf(account)
  return bound === null ? [bearer] : [bearer, { kind: 'sets', grants: bound }]
}

function bearerOf(account: Account | undefined): GrantBearer {
  if (account === undefined || account.frozen) return { kind: 'nobody' }
  const { id, login, attributes, grants } = account
  return { kind: 'access', identity: id, login, attributes, grants }
}

/** The grants of a bound; null where there is none. `known` has the sets that exist. */
export function boundOf(
  refs: readonly string[] | null,
  known: ReadonlyMap<string, readonly Grant[]>,
): readonly Grant[] | null {
  return refs === null ? null : refs.flatMap((ref) => known.get(ref) ?? [])
}
