import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Grant } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { PLATFORM } from '../../access/identity/platform.ts'
import { authorityOf } from '../../access/permission/authority.ts'
import { firstRefused, holds } from '../../access/permission/delegation.ts'
import { allows, type GrantBearer } from '../../caller/scope.ts'

/** A rule with who runs its action, and what they may do now. */
type Account = {
  rule: Id<'rule'>
  ref: string
  action: Id<'action'>
  action_ref: string
  action_pack_ref: string
  owner: Id<'identity'> | null
  login: string
  frozen: boolean
  attributes: JsonObject
  grants: Grant[]
  /** What bounds it, and what that grants now. */
  bound_refs: string[] | null
  bound: Grant[]
  set_refs: string[]
  sets: { [ref: string]: Grant[] }
}

/**
 * The rules that may start nothing now, each with the reason: who owns them is gone, frozen, or may not do what they
 * do, or the execution that set them up could not. The platform may do what its own rules do. One query for all of
 * them; the array keeps the prepared plan: see findCandidates.
 */
export async function refusedRules(
  db: Queryable,
  ids: Iterable<Id<'rule'>>,
): Promise<Map<Id<'rule'>, string>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await db.many<Account>(sql`
    select r.id as rule, r.ref, a.id as action, a.ref as action_ref, a.pack_ref as action_pack_ref,
      r.owner_identity as owner, coalesce(i.login, '') as login, coalesce(i.frozen, false) as frozen,
      coalesce(i.attributes, '{}') as attributes,
      coalesce((select jsonb_agg(g)
        from identity_permission_set p
        join permission_set s on s.id = p.permset
        cross join jsonb_array_elements(s.grants) g
        where p.identity = i.id), '[]') as grants,
      r.authority_set_refs as bound_refs,
      coalesce((select jsonb_agg(g)
        from permission_set s
        cross join jsonb_array_elements(s.grants) g
        where s.ref = any(r.authority_set_refs)), '[]') as bound,
      coalesce(r.permission_set_refs, a.default_execution_permission_set_refs) as set_refs,
      coalesce((select jsonb_object_agg(s.ref, s.grants)
        from permission_set s
        where s.ref = any(coalesce(r.permission_set_refs, a.default_execution_permission_set_refs))), '{}') as sets
    from rule r
    join action a on a.id = r.action
    left join identity i on i.id = r.owner_identity
    where r.id = any(array(select unnest(${wanted}::bigint[])))
      and (r.owner_identity is distinct from ${PLATFORM} or r.authority_set_refs is not null)`)
  return new Map(
    rows.flatMap((row) => {
      const reason = refusalOf(row)
      return reason === undefined ? [] : [[row.rule, reason] as const]
    }),
  )
}

const remedy = 'somebody who may run it must disable and enable the rule, or grant that again'

function refusalOf(account: Account): string | undefined {
  const { ref, owner, login, frozen } = account
  if (owner === null) return `The account that owned the rule ${ref} is gone; ${remedy}.`
  if (frozen) return `The account ${login}, which owns the rule ${ref}, is frozen; ${remedy}.`
  const reasons = bearersOf(account, owner).map((bearer) => lackOf(account, bearer))
  return reasons.find((reason) => reason !== undefined)
}

/** For the platform only a bound counts. */
function bearersOf(
  { login, attributes, grants, bound_refs, bound }: Account,
  owner: Id<'identity'>,
): readonly GrantBearer[] {
  const account = { id: owner, login, frozen: false, attributes, grants }
  const authority = authorityOf(account, bound_refs === null ? null : bound)
  return owner === PLATFORM ? authority.slice(1) : authority
}

function lackOf(account: Account, bearer: GrantBearer): string | undefined {
  const { ref, action, action_ref, action_pack_ref, login, bound_refs } = account
  const who =
    bearer.kind === 'sets'
      ? `The permission sets ${(bound_refs ?? []).join(', ')} of the execution that set up the rule ${ref}`
      : `The account ${login}, which owns the rule ${ref},`
  const target = { id: action, ref: action_ref, pack_ref: action_pack_ref }
  if (!allows(bearer, ['actions', 'execute'], target)) {
    return `${who} may not run the action ${action_ref}: it lacks actions:execute; ${remedy}.`
  }
  const grants = 'grants' in bearer ? bearer.grants : []
  if (holds(grants, 'permissions', 'manage')) return undefined // as with packs: they may bring any set
  const refused = firstRefused(grants, account.set_refs, new Map(Object.entries(account.sets)))
  return refused === undefined
    ? undefined
    : `${who} cannot hand on the permission set ${refused.ref}: ${refused.reason}; ${remedy}.`
}
