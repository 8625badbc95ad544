import { Type } from 'typebox'
import { sql } from '../../../database/sql.ts'
import { answerPage, listOf, pageQuery } from '../../../http/page.ts'
import { rowId } from '../../../http/parameter.ts'
import { item, type Route, read, write } from '../../../http/route.ts'
import { SetOfIdentity } from '../permission/permission-set.ts'
import { allowedRows, allows, authorize } from '../../caller/scope.ts'
import {
  CreateIdentity,
  IdentityDetail,
  IdentitySummary,
  UpdateIdentity,
} from '../identity/admin-identity.ts'
import * as admin from '../identity/admin-queries.ts'
import {
  type AccountEnd,
  createIdentity,
  deleteIdentity,
  noSuchIdentity,
  setFrozen,
  updateIdentity,
} from './admin-write.ts'

const tag = 'identities'
const tokens = ['access', 'execution'] as const
const common = { tag, tokens, scoped: true } as const
const reading = { ...common, method: 'GET', access: ['identities', 'read'] } as const
const byId = Type.Object({ id: rowId('identity') })
const Acknowledged = Type.Object({ success: Type.Boolean(), message: Type.String() })

/** Accounts, as who administers them sees them. */
export function identityAdminRoutes(ending: AccountEnd): Route[] {
  return [
    listRoute,
    getRoute,
    permissionsRoute,
    createRoute,
    updateRoute(ending),
    deleteRoute(ending),
    ...freezeRoutes(ending),
  ]
}

const listRoute = read({
  ...reading,
  path: '/api/v1/identities',
  summary: 'List identities',
  query: Type.Object({
    login: Type.Optional(Type.String({ description: 'Exactly this login.' })),
    search: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'Part of login or name, in whatever case.' }),
    ),
    role: Type.Optional(Type.String({ description: 'Those with this role.' })),
    frozen: Type.Optional(Type.Boolean()),
    ...pageQuery,
  }),
  success: { 200: listOf(IdentitySummary) },
  handle: ({ db, caller, query }) =>
    answerPage(query, (page) =>
      admin.list(db, query, allowedRows(caller, reading.access, { id: sql`i.id` }), page),
    ),
})

const getRoute = read({
  ...reading,
  path: '/api/v1/identities/{id}',
  summary: 'An identity with its roles and permission sets',
  params: byId,
  success: { 200: item(IdentityDetail) },
  refusals: [404],
  async handle({ db, caller, params: { id } }) {
    const identity = await admin.findDetail(db, id)
    if (identity === undefined || !allows(caller, reading.access, { id })) throw noSuchIdentity(id)
    return { data: identity }
  },
})

const permissionsRoute = read({
  ...common,
  method: 'GET',
  path: '/api/v1/identities/{id}/permissions',
  summary: 'The permission sets that are given to an identity itself',
  access: ['permissions', 'read'],
  params: byId,
  success: { 200: item(Type.Array(SetOfIdentity)) },
  refusals: [404],
  async handle({ db, caller, params: { id } }) {
    authorize(caller, ['permissions', 'read'], { what: 'the permissions of an identity' })
    if ((await admin.findDetail(db, id)) === undefined) throw noSuchIdentity(id)
    return { data: await admin.directPermissions(db, id) }
  },
})

const createRoute = write({
  ...common,
  method: 'POST',
  path: '/api/v1/identities',
  summary: 'Create an identity',
  description:
    'It has no permissions until it gets a role or a permission set, and without a password no login.',
  access: ['identities', 'create'],
  body: CreateIdentity,
  documents: ['attributes'],
  success: { 201: item(IdentityDetail) },
  refusals: [409],
  handle: async ({ body, ...context }) => ({
    data: await createIdentity(context, body),
    message: `Identity '${body.login}' created`,
  }),
})

const updateRoute = (ending: AccountEnd): Route =>
  write({
    ...common,
    method: 'PUT',
    path: '/api/v1/identities/{id}',
    summary: 'Change an identity',
    description:
      'What is not given or null stays. The password and the attributes of an identity that holds what you do not hold ' +
      'are changed only by who manages permissions.',
    access: ['identities', 'update'],
    params: byId,
    body: UpdateIdentity,
    documents: ['attributes'],
    success: { 200: item(IdentityDetail) },
    refusals: [404, 409],
    handle: async ({ params, body, ...context }) => ({
      data: await updateIdentity({ ...context, ending }, params.id, body),
      message: 'Identity updated',
    }),
  })

const deleteRoute = (ending: AccountEnd): Route =>
  write({
    ...common,
    method: 'DELETE',
    path: '/api/v1/identities/{id}',
    summary: 'Delete an identity',
    description:
      'With its roles, permissions and tokens. Not your own, nor the last one that manages permissions.',
    access: ['identities', 'delete'],
    params: byId,
    success: { 200: item(Acknowledged) },
    refusals: [404, 409, 422],
    async handle({ params, ...context }) {
      const { login } = await deleteIdentity({ ...context, ending }, params.id)
      return { data: { success: true, message: `Identity '${login}' deleted` } }
    },
  })

function freezeRoutes(ending: AccountEnd): Route[] {
  return (['freeze', 'unfreeze'] as const).map((verb) =>
    write({
      ...common,
      method: 'POST',
      path: `/api/v1/identities/{id}/${verb}`,
      summary: verb === 'freeze' ? 'Let an identity in no more' : 'Let a frozen identity in again',
      access: ['identities', 'update'],
      params: byId,
      success: { 200: item(Acknowledged) },
      refusals: [404, 409],
      async handle({ params, ...context }) {
        const { login } = await setFrozen({ ...context, ending }, params.id, verb === 'freeze')
        const state = verb === 'freeze' ? 'is frozen' : 'is no longer frozen'
        return { data: { success: true, message: `Identity '${login}' ${state}` } }
      },
    }),
  )
}
