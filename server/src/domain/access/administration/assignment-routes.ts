import { Type } from 'typebox'
import type { Transaction } from '../../../database/database.ts'
import { nullable } from '../../../database/row.ts'
import { rowId } from '../../../http/parameter.ts'
import { item, type Route, write } from '../../../http/route.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { record } from '../../audit/record.ts'
import { MANAGE_PERMISSIONS } from '../permission/managing.ts'
import { SetOfIdentity } from '../permission/permission-set.ts'
import { authorize } from '../../caller/scope.ts'
import * as sets from '../permission/sets.ts'
import { RoleName, RoleOfIdentity } from '../identity/admin-identity.ts'
import { noSuchIdentity } from './admin-write.ts'
import * as assignments from '../identity/assignments.ts'
import type { Identity } from '../identity/identity.ts'
import { refusePlatform } from '../identity/platform.ts'
import * as identities from '../identity/queries.ts'

/*
 * Roles and permission sets of identities. All of it needs permissions:manage, which gives anybody anything: there is
 * nothing below it that could be weighed against what the caller holds.
 */

const managing = { access: MANAGE_PERMISSIONS, tokens: ['access', 'execution'], scoped: true } as const
const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })

export function assignmentRoutes(): Route[] {
  return [addRoleRoute, removeRoleRoute, assignRoute, unassignRoute]
}

const addRoleRoute = write({
  ...managing,
  method: 'POST',
  path: '/api/v1/identities/{id}/roles',
  summary: 'Give an identity a role',
  tag: 'identities',
  params: Type.Object({ id: rowId('identity') }),
  body: RoleName,
  success: { 201: item(RoleOfIdentity) },
  refusals: [404, 409],
  async handle({ tx, params, body, ...asking }) {
    authorize(asking.caller, MANAGE_PERMISSIONS, { what: 'roles' })
    const identity = await identities.find(tx, params.id)
    if (identity === undefined) throw noSuchIdentity(params.id)
    refusePlatform(identity.id)
    const data = await assignments.addRole(tx, identity.id, body.role)
    await tell(tx, asking, identity, { kind: 'role_assignment', change: 'added', role: body.role })
    return { data, message: `'${identity.login}' has the role '${body.role}'` }
  },
})

const removeRoleRoute = write({
  ...managing,
  method: 'DELETE',
  path: '/api/v1/identities/roles/{id}',
  summary: 'Take a role from an identity',
  description: 'By the id of the assignment. A role that an identity provider manages is taken there.',
  tag: 'identities',
  params: Type.Object({ id: rowId('identity_role_assignment') }),
  success: { 200: item(Acknowledged) },
  refusals: [404, 409],
  async handle({ tx, params: { id }, ...asking }) {
    authorize(asking.caller, MANAGE_PERMISSIONS, { what: 'roles' })
    const assignment = await assignments.findRole(tx, id)
    if (assignment === undefined) throw missing('role assignment', id)
    const { role, identity_id, managed, source } = assignment
    if (managed) {
      throw new Problem(
        'BAD_REQUEST',
        `The role '${role}' comes from the identity provider (${source}); take it away there.`,
      )
    }
    await assignments.removeRole(tx, id)
    const identity = await identities.find(tx, identity_id)
    if (identity !== undefined)
      await tell(tx, asking, identity, { kind: 'role_assignment', change: 'removed', role })
    return { data: { success: true, message: `The role '${role}' is taken from '${identity?.login}'` } }
  },
})

const assignRoute = write({
  ...managing,
  method: 'POST',
  path: '/api/v1/permissions/assignments',
  summary: 'Give an identity a permission set',
  description: 'The identity by id or by login.',
  tag: 'permissions',
  body: Type.Object(
    {
      identity_id: Type.Optional(nullable(rowId('identity'))),
      identity_login: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 255 }))),
      permission_set_ref: Type.String({ minLength: 1, maxLength: 255 }),
    },
    { additionalProperties: false },
  ),
  success: { 201: item(SetOfIdentity) },
  refusals: [404, 409],
  async handle({ tx, body, ...asking }) {
    authorize(asking.caller, MANAGE_PERMISSIONS, { what: 'permission sets' })
    const identity = await named(tx, body)
    refusePlatform(identity.id)
    const { permission_set_ref } = body
    const set = await sets.findByRef(tx, permission_set_ref)
    if (set === undefined)
      throw new Problem('NOT_FOUND', `There is no permission set '${permission_set_ref}'.`)
    const data = await assignments.addSet(tx, identity.id, set.id)
    await tell(tx, asking, identity, { kind: 'permission_assignment', change: 'added', permission_set_ref })
    return { data, message: `'${identity.login}' has the permission set '${permission_set_ref}'` }
  },
})

const unassignRoute = write({
  ...managing,
  method: 'DELETE',
  path: '/api/v1/permissions/assignments/{id}',
  summary: 'Take a permission set from an identity',
  tag: 'permissions',
  params: Type.Object({ id: rowId('permission_assignment') }),
  success: { 200: item(Acknowledged) },
  refusals: [404, 409],
  async handle({ tx, params: { id }, ...asking }) {
    authorize(asking.caller, MANAGE_PERMISSIONS, { what: 'permission sets' })
    const gone = await assignments.removeSet(tx, id)
    if (gone === undefined) throw missing('permission assignment', id)
    const { permission_set_ref, identity_id } = gone
    const identity = await identities.find(tx, identity_id)
    if (identity !== undefined)
      await tell(tx, asking, identity, {
        kind: 'permission_assignment',
        change: 'removed',
        permission_set_ref,
      })
    const message = `The permission set '${permission_set_ref}' is taken from '${identity?.login}'`
    return { data: { success: true, message } }
  },
})

async function named(
  tx: Transaction,
  { identity_id, identity_login }: { identity_id?: Id<'identity'> | null; identity_login?: string | null },
): Promise<Identity> {
  const byId = typeof identity_id === 'number'
  if (byId === (typeof identity_login === 'string')) {
    const message = 'give exactly one of identity_id and identity_login'
    throw new Problem('BAD_REQUEST', `Whose permission set? ${message}.`, [{ field: 'identity_id', message }])
  }
  const identity = byId
    ? await identities.find(tx, identity_id)
    : await identities.findByLogin(tx, identity_login ?? '')
  if (identity !== undefined) return identity
  throw byId
    ? noSuchIdentity(identity_id)
    : new Problem('NOT_FOUND', `There is no identity '${identity_login}'.`)
}

type Change =
  | { kind: 'role_assignment'; change: 'added' | 'removed'; role: string }
  | { kind: 'permission_assignment'; change: 'added' | 'removed'; permission_set_ref: string }

function tell(
  tx: Transaction,
  asking: RequestContext,
  identity: Pick<Identity, 'id' | 'login'>,
  { kind, ...details }: Change,
): Promise<number> {
  return record(tx, [
    {
      category: 'admin',
      event_type: `admin.${kind}.changed`,
      outcome: 'success',
      ...actorOf(asking),
      resource_type: 'identity',
      resource_id: identity.id,
      resource_ref: identity.login,
      details,
    },
  ])
}

function missing(what: string, id: number): Problem {
  return new Problem('NOT_FOUND', `There is no ${what} ${id}.`)
}
