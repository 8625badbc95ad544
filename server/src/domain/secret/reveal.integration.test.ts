import { expect, test } from 'vitest'
import { openFreshDatabase } from '../../../test/database.ts'
import { fixture } from '../../../test/fixture.ts'
import * as given from '../../../test/given.ts'
import { sql } from '../../database/sql.ts'
import type { Caller } from '../caller/caller.ts'
import type { Permission } from '../caller/permission.ts'
import { createCipher } from './cipher.ts'
import { store } from './queries.ts'
import { revealFor } from './reveal.ts'

const cipher = createCipher('a key of thirty-two characters or more')

const { db } = await fixture(openFreshDatabase())

/** Somebody who asks with these grants. */
async function asking(...permissions: Permission[]) {
  const { id: identity, login } = await given.identity(db)
  const grants = permissions.map(([resource, action]) => ({ resource, actions: [action] }))
  const caller: Caller = { kind: 'access', identity, login, attributes: {}, grants }
  return { caller, login, request_id: crypto.randomUUID(), client_ip: '198.51.100.7', user_agent: null }
}

const audited = () =>
  db.many<{ details: object }>(sql`
    select event_type, outcome, actor_login, actor_ip, request_id, resource_type, resource_id, details
    from audit_event order by id`)

test('who sees secrets is in the audit log, and what they saw, but not the secrets', async () => {
  const { id } = await given.execution(db)
  const places = [{ pointer: '/token', value: 'hunter2' }]
  await db.transaction((tx) =>
    store(tx, cipher, 'execution_result', [{ id, secrets: places, source_kind: 'test' }]),
  )
  const by = await asking(['executions', 'decrypt'])
  const source = { db, cipher, permission: ['executions', 'decrypt'] as const }

  expect(await revealFor(by, source, 'execution_result', id)).toEqual(places)
  expect(await revealFor(by, source, 'execution_config', id)).toEqual([])

  const rows = await audited()
  expect(rows).toEqual([
    {
      event_type: 'secret.execution_values.decrypted',
      outcome: 'success',
      actor_login: by.login,
      actor_ip: by.client_ip,
      request_id: by.request_id,
      resource_type: 'execution',
      resource_id: id,
      details: { part: 'result', places: ['/token'] },
    },
  ])
  expect(JSON.stringify(rows)).not.toContain('hunter2')
})

test('what cannot be audited is not shown', async () => {
  const { id } = await given.enforcement(db)
  const places = [{ pointer: '/token', value: 'hunter2' }]
  await db.transaction((tx) =>
    store(tx, cipher, 'enforcement_config', [{ id, secrets: places, source_kind: 'test' }]),
  )
  const by = { ...(await asking(['enforcements', 'decrypt'])), request_id: 'no uuid' }

  await expect(
    revealFor(by, { db, cipher, permission: ['enforcements', 'decrypt'] }, 'enforcement_config', id),
  ).rejects.toThrow('uuid')
})
