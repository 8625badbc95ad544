import type { Queryable } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Grant } from '../../http/permission.ts'
import type { Id } from '../../id.ts'
import type { JsonObject } from '../../json.ts'
import { firstRefused, holds } from '../permission/delegation.ts'
import { allows } from '../permission/scope.ts'

/** A rule with who runs its action, and what they may do now. */
type Authority = {
  rule: Id<'rule'>
  ref: string
  action: Id<'action'>
  action_ref: string
  action_pack_ref: string
  owner: Id<'identity'> | null
  owner_lost: boolean
  login: string
  frozen: boolean
  attributes: JsonObject
  grants: Grant[]
  set_refs: string[]
  sets: { [ref: string]: Grant[] }
}

/**
 * The rules that may start nothing now, each with the reason: who owns them is gone, frozen, or may not do what they
 * do. A rule that nobody ever owned acts for the platform and may do what it does. One query for all of them; the
 * array keeps the prepared plan: see findCandidates.
 */
export async function refusedRules(
  db: Queryable,
  ids: Iterable<Id<'rule'>>,
): Promise<Map<Id<'rule'>, string>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await db.many<Authority>(sql`
    select r.id as rule, r.ref, a.id as action, a.ref as action_ref, a.pack_ref as action_pack_ref,
      r.owner_identity as owner, r.owner_lost, coalesce(i.login, '') as login, coalesce(i.frozen, false) as frozen,
      coalesce(i.attributes, '{}') as attributes,
      coalesce((select jsonb_agg(g)
        from identity_permission_set p
        join permission_set s on s.id = p.permset
        cross join jsonb_array_elements(s.grants) g
        where p.identity = i.id), '[]') as grants,
      coalesce(r.permission_set_refs, a.default_execution_permission_set_refs) as set_refs,
      coalesce((select jsonb_object_agg(s.ref, s.grants)
        from permission_set s
        where s.ref = any(coalesce(r.permission_set_refs, a.default_execution_permission_set_refs))), '{}') as sets
    from rule r
    join action a on a.id = r.action
    left join identity i on i.id = r.owner_identity
    where r.id = any(array(select unnest(${wanted}::bigint[])))
      and (r.owner_identity is not null or r.owner_lost)`)
  return new Map(
    rows.flatMap((row) => {
      const reason = refusalOf(row)
      return reason === undefined ? [] : [[row.rule, reason] as const]
    }),
  )
}

function refusalOf(authority: Authority): string | undefined {
  const { ref, owner, login, frozen, grants, attributes, action, action_ref, action_pack_ref } = authority
  const remedy = 'somebody who may run it must save the rule, or grant that again'
  if (owner === null) return `The account that owned the rule ${ref} is gone; ${remedy}.`
  if (frozen) return `The account ${login}, which owns the rule ${ref}, is frozen; ${remedy}.`
  const caller = { kind: 'access', identity: owner, login, attributes, grants } as const
  const target = { id: action, ref: action_ref, pack_ref: action_pack_ref }
  if (!allows(caller, ['actions', 'execute'], target)) {
    return `The account ${login}, which owns the rule ${ref}, may not run the action ${action_ref}: it lacks actions:execute; ${remedy}.`
  }
  if (holds(grants, 'permissions', 'manage')) return undefined // as with packs: they may bring any set
  const refused = firstRefused(grants, authority.set_refs, new Map(Object.entries(authority.sets)))
  return refused === undefined
    ? undefined
    : `The account ${login}, which owns the rule ${ref}, cannot hand on the permission set ${refused.ref}: ${refused.reason}; ${remedy}.`
}
