import { expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import { sessionSettings } from '../../../../test/session.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { createForEnforcements } from '../../flow/execution/create.ts'
import { integrationTokenRoutes } from '../integration-token/routes.ts'
import { assignKeys } from '../../definition/key/delivery.ts'
import { identityAdminRoutes } from '../administration/admin-routes.ts'
import { endOfAccount } from '../../../services/account-end.ts'
import { assignmentRoutes } from '../administration/assignment-routes.ts'
import { toId } from '../../../id.ts'
import { PLATFORM } from './platform.ts'

const api = await fixture(
  startApi((parts) => [
    ...identityAdminRoutes(endOfAccount),
    ...assignmentRoutes(),
    ...integrationTokenRoutes({ session: sessionSettings(parts.tokens) }),
  ]),
)
const token = await api.token()

test('a rule of nobody runs in the name of the platform, which reads no key', async () => {
  // The first account is one that may read everything.
  await given.permissionAssignment(api.db, {
    identity: 1,
    permset: (
      await given.permissionSet(api.db, { grants: [{ resource: 'keys', actions: ['read', 'decrypt'] }] })
    ).id,
  })
  const { ref } = await given.key(api.db, { name: 'one' })
  const action = await given.action(api.db)
  const rule = await given.rule(api.db, { action: action.id })
  const enforcement = await given.enforcement(api.db, { rule: rule.id })

  const [execution] = await api.db.transaction((tx) => createForEnforcements(tx, [enforcement.id]))
  const executor = execution?.executor ?? null
  const to = {
    execution: execution?.id ?? toId<'execution'>(0),
    correlation_id: null,
    action: action.id,
    action_ref: action.ref,
    pack: action.pack,
    key_refs: [ref],
    executor,
    permission_set_refs: [],
    authority_set_refs: null,
  }

  expect(executor).toBe(PLATFORM)
  const assigned = await api.db.transaction((tx) => assignKeys(tx, [to], { inject_system_keys: true }))
  expect(assigned.get(to.execution)?.kind).toBe('refused')
})

test('it is shown as what it is', async () => {
  const shown = { id: 0, login: 'attune:platform', display_name: 'The platform', frozen: false }

  expect((await api.call('GET /api/v1/identities?login=attune:platform', { token })).body.data).toMatchObject(
    [shown],
  )
  expect((await api.call('GET /api/v1/identities/0', { token })).body.data).toMatchObject({
    ...shown,
    permission_set_refs: [],
  })
})

test.each([
  ['renamed', 'PUT /api/v1/identities/0', { display_name: 'Me' }],
  ['given a password', 'PUT /api/v1/identities/0', { password: 'long-enough-1' }],
  ['frozen', 'POST /api/v1/identities/0/freeze', {}],
  ['deleted', 'DELETE /api/v1/identities/0', undefined],
  ['given a role', 'POST /api/v1/identities/0/roles', { role: 'root' }],
  ['given a set by id', 'POST /api/v1/permissions/assignments', { identity_id: 0 }],
  ['given a set by login', 'POST /api/v1/permissions/assignments', { identity_login: 'attune:platform' }],
  ['given a token', 'POST /api/v1/identities/0/integration-tokens', { label: 'x' }],
] as const)('it is not %s', async (_, what, body) => {
  const set = await given.permissionSet(api.db)
  const named = what.endsWith('assignments') ? { permission_set_ref: set.ref } : {}

  const answer = await api.call(what, {
    token,
    ...(body === undefined ? {} : { body: { ...body, ...named } }),
  })

  expect(answer).toMatchObject({ status: 409, body: { error: expect.stringContaining('platform itself') } })
})

test.each([
  ['nor by a statement of its own renamed', sql`update identity set login = 'other-name' where id = 0`],
  ['nor given a password', sql`update identity set password_hash = 'x' where id = 0`],
  ['nor tied to a person', sql`update identity set attributes = '{"oidc": {}}' where id = 0`],
  ['nor frozen', sql`update identity set frozen = true where id = 0`],
  ['nor deleted', sql`delete from identity where id = 0`],
  ['nor given a role', sql`insert into identity_role_assignment (identity, role) values (0, 'root')`],
  [
    'nor given a set',
    sql`insert into permission_assignment (identity, permset) select 0, min(id) from permission_set`,
  ],
])('%s', async (_, statement) => {
  await given.permissionSet(api.db)

  await expect(api.db.run(statement)).rejects.toThrow()
})

test('nobody takes a login that looks like it', async () => {
  const answer = await api.call('POST /api/v1/identities', { token, body: { login: 'Attune:platform2' } })

  expect(answer.status).toBe(422)
})
