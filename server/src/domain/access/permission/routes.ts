import { type Static, Type } from 'typebox'
import type { Transaction } from '../../../database/database.ts'
import { nullable } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import { rowId } from '../../../http/parameter.ts'
import { Constraints } from '../../caller/permission.ts'
import { item, type Route, read, write } from '../../../http/route.ts'
import type { Id } from '../../../id.ts'
import type { JsonObject } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import { grantProblems } from './grant-rules.ts'
import { MANAGE_PERMISSIONS } from './managing.ts'
import { type PermissionSet, PermissionSetDetail, SetOfRole } from './permission-set.ts'
import { allowedRows, authorize } from '../../caller/scope.ts'
import * as sets from './sets.ts'

const tag = 'permissions'
const tokens = ['access', 'execution'] as const
const managing = { tag, tokens, scoped: true, access: MANAGE_PERMISSIONS } as const
const byId = Type.Object({ id: rowId('permission_set') })
const closed = { additionalProperties: false } as const
const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })

/** Permission sets come with packs; here they are changed and given to roles. */
export function permissionRoutes(): Route[] {
  return [listRoute, updateRoute, addRoleRoute, removeRoleRoute]
}

const listRoute = read({
  method: 'GET',
  path: '/api/v1/permissions/sets',
  summary: 'Permission sets with their grants and roles, by ref',
  tag,
  tokens,
  scoped: true,
  access: ['permissions', 'read'],
  query: Type.Object({ pack_ref: Type.Optional(Type.String()) }),
  success: { 200: item(Type.Array(PermissionSetDetail)) },
  async handle({ db, caller, query }) {
    const columns = { ref: sql`s.ref`, pack_ref: sql`s.pack_ref` }
    return { data: await sets.list(db, query, allowedRows(caller, ['permissions', 'read'], columns)) }
  },
})

const UpdatePermissionSet = Type.Object(
  {
    label: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
    description: Type.Optional(nullable(Type.String({ maxLength: 10_000 }))),
    grants: Type.Array(
      Type.Object(
        {
          resource: Type.String(),
          actions: Type.Array(Type.String()),
          constraints: Type.Optional(Constraints),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'UpdatePermissionSet' },
)

const updateRoute = write({
  ...managing,
  method: 'PUT',
  path: '/api/v1/permissions/sets/{id}',
  summary: 'Change a permission set',
  description:
    'Its grants are replaced. Whoever has the set has the new grants with their next request. A set that was changed ' +
    'is not overwritten when its pack is loaded again.',
  params: byId,
  body: UpdatePermissionSet,
  success: { 200: item(PermissionSetDetail) },
  refusals: [404, 409],
  async handle({ tx, params: { id }, body, ...asking }) {
    authorize(asking.caller, MANAGE_PERMISSIONS, { what: 'permission sets' })
    requireStorable(body)
    const before = await getSet(tx, id)
    await sets.update(tx, {
      id,
      label: body.label ?? null,
      description: body.description ?? null,
      grants: body.grants,
    })
    await tell(tx, asking, before, { change: 'updated', grants_before: before.grants, grants: body.grants })
    return { data: await sets.findDetail(tx, id), message: `Permission set '${before.ref}' updated` }
  },
})

function requireStorable({ grants }: Static<typeof UpdatePermissionSet>): void {
  const problems = grantProblems(grants)
  const [first] = problems
  if (first !== undefined) throw new Problem('BAD_REQUEST', `${first.field}: ${first.message}`, problems)
}

const addRoleRoute = write({
  ...managing,
  method: 'POST',
  path: '/api/v1/permissions/sets/{id}/roles',
  summary: 'Give a permission set to everybody with a role',
  params: byId,
  body: Type.Object(
    { role: Type.String({ minLength: 1, maxLength: 255, pattern: '^\\S(.*\\S)?$' }) },
    closed,
  ),
  success: { 201: item(SetOfRole) },
  refusals: [404, 409],
  async handle({ tx, params: { id }, body: { role }, ...asking }) {
    authorize(asking.caller, MANAGE_PERMISSIONS, { what: 'permission sets' })
    const set = await getSet(tx, id)
    const data = await sets.addRole(tx, id, role)
    await tell(tx, asking, set, { change: 'role_added', role })
    return { data, message: `The role '${role}' has the permission set '${set.ref}'` }
  },
})

const removeRoleRoute = write({
  ...managing,
  method: 'DELETE',
  path: '/api/v1/permissions/sets/roles/{id}',
  summary: 'Take a permission set from a role',
  description: 'By the id of the assignment.',
  params: Type.Object({ id: rowId('permission_set_role_assignment') }),
  success: { 200: item(Acknowledged) },
  refusals: [404, 409],
  async handle({ tx, params: { id }, ...asking }) {
    authorize(asking.caller, MANAGE_PERMISSIONS, { what: 'permission sets' })
    const gone = await sets.removeRole(tx, id)
    if (gone === undefined) throw new Problem('NOT_FOUND', `There is no role assignment ${id}.`)
    const { role, permission_set_id, permission_set_ref: ref } = gone
    await tell(tx, asking, { id: permission_set_id, ref }, { change: 'role_removed', role })
    return {
      data: { success: true, message: `The permission set '${ref}' is taken from the role '${role}'` },
    }
  },
})

async function getSet(tx: Transaction, id: Id<'permission_set'>): Promise<PermissionSet> {
  const set = await sets.find(tx, id)
  if (set === undefined) throw new Problem('NOT_FOUND', `There is no permission set ${id}.`)
  return set
}

function tell(
  tx: Transaction,
  asking: RequestContext,
  { id, ref }: Pick<PermissionSet, 'id' | 'ref'>,
  details: JsonObject,
): Promise<number> {
  return record(tx, [
    {
      category: 'admin',
      event_type: 'admin.permission_set.changed',
      outcome: 'success',
      ...actorOf(asking),
      resource_type: 'permission_set',
      resource_id: id,
      resource_ref: ref,
      details,
    },
  ])
}
