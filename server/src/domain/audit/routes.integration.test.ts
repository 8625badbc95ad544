import { Agent, request as httpRequest } from 'node:http'
import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Api, startApi } from '../../../test/api.ts'
import { eventually } from '../../../test/eventually.ts'
import { fixture } from '../../../test/fixture.ts'
import * as given from '../../../test/given.ts'
import { sql } from '../../database/sql.ts'
import { healthRoutes } from '../../http/health.ts'
import { createMetrics } from '../../observe/metrics.ts'
import { identityAdminRoutes } from '../access/administration/admin-routes.ts'
import { endOfAccount } from '../../services/account-end.ts'
import { webhookRoutes } from '../flow/webhook/routes.ts'
import type { AuditEvent } from './audit-event.ts'
import { record } from './record.ts'
import { auditRoutes } from './routes.ts'
import { createAuditTrail } from './trail.ts'

const api = await fixture(
  startApi(
    (parts) => [
      ...healthRoutes({ checks: {} }),
      ...identityAdminRoutes(endOfAccount),
      ...webhookRoutes(parts),
      ...auditRoutes(),
    ],
    ({ database, log }) => ({
      audit: createAuditTrail({ database, log, metrics: createMetrics(), count_ms: 100 }),
      trusted_proxies: ['10.0.0.0/8', '127.0.0.1'],
    }),
  ),
)
const auditor = await api.token('audit_log:read')

/** The rows of one request, once they are there. */
async function rowsOf(request_id: string, count = 1): Promise<AuditEvent[]> {
  return eventually(
    () =>
      api.db.many<AuditEvent>(sql`select * from audit_event where request_id = ${request_id} order by id`),
    (rows) => rows.length >= count,
  )
}

/** A call with an id of its own, and the rows that it left. */
async function told(what: `${string} ${string}`, request: Parameters<Api['call']>[1] = {}, count = 1) {
  const id = randomUUID()
  await api.call(what, {
    ...request,
    headers: { 'x-request-id': id, ...request.headers },
  })
  return rowsOf(id, count)
}

/** What was counted of the strangers of an address. */
const strangersOf = (ip: string) =>
  api.db.many<AuditEvent>(sql`select * from audit_event where actor_ip = ${ip} and requests is not null`)
const sum = (rows: readonly AuditEvent[]) => rows.reduce((all, { requests }) => all + (requests ?? 0), 0)

describe('a request', () => {
  test('that went well leaves one row: who, from where, what, and how it ended', async () => {
    const user = await given.identity(api.db)
    const set = await given.permissionSet(api.db, { grants: [{ resource: 'identities', actions: ['read'] }] })
    await given.permissionAssignment(api.db, { identity: user.id, permset: set.id })

    const rows = await told('GET /api/v1/identities?search=hush', {
      token: await api.tokenOf(user),
      headers: { 'user-agent': 'tests/1' },
    })

    expect(rows).toMatchObject([
      {
        category: 'api',
        event_type: 'api.get.success',
        outcome: 'success',
        actor_identity: user.id,
        actor_login: user.login,
        actor_token_type: 'access',
        actor_ip: '127.0.0.1',
        actor_user_agent: 'tests/1',
        http_method: 'GET',
        http_path: '/api/v1/identities',
        http_status: 200,
      },
    ])
    expect(JSON.stringify(rows)).not.toContain('hush')
  })

  test('without the grant is denied, and what was wanted is told', async () => {
    const rows = await told('DELETE /api/v1/identities/1', { token: await api.token('rules:read') }, 2)

    expect(rows).toMatchObject([
      {
        category: 'rbac',
        event_type: 'rbac.denied',
        outcome: 'denied',
        resource_type: 'identities',
        details: { permission: 'identities:delete' },
      },
      { event_type: 'api.delete.denied', outcome: 'denied', http_status: 403 },
    ])
    expect(rows[0]?.actor_login).toBe(rows[1]?.actor_login)
    expect(rows[0]?.actor_login).not.toBeNull()
  })

  test('of nobody is counted with others of its address and outcome, and leaves no row of its own', async () => {
    const from = { headers: { 'x-forwarded-for': '203.0.113.77' } }
    await api.call('GET /api/v1/identities', from)
    await api.call('GET /api/v1/identities', from)
    await api.call('GET /api/v1/nothing/here', from)

    const rows = await eventually(
      () => strangersOf('203.0.113.77'),
      (found) => sum(found) === 3,
    )
    expect(new Set(rows.map(({ event_type, outcome }) => `${event_type} ${outcome}`))).toEqual(
      new Set(['api.strangers.denied denied', 'api.strangers.failure failure']),
    )
    expect(rows[0]).toMatchObject({ category: 'api', http_path: null, actor_login: null, request_id: null })
  })

  test('with a bad body leaves a row', async () => {
    const token = await api.token('identities:create')
    expect(await told('POST /api/v1/identities', { token, body: { login: 'x' } })).toMatchObject([
      { event_type: 'api.post.failure', http_status: 422 },
    ])
  })

  test('to a webhook leaves a row without the key, however it is written', async () => {
    await given.trigger(api.db, { webhook_enabled: true, webhook_key: 'the-key-of-somebody' })
    for (const path of ['webhooks', '%77ebhooks']) {
      const rows = await told(`POST /api/v1/${path}/the-key-of-somebody`, { body: {} })

      expect(rows).toMatchObject([
        { http_method: 'POST', http_path: '/api/v1/webhooks/***', http_status: 200, actor_login: null },
      ])
      expect(JSON.stringify(rows)).not.toContain('the-key')
    }
  })

  test('to a webhook that is not is counted', async () => {
    await api.call('POST /api/v1/webhooks/no-key-of-anybody', {
      body: {},
      headers: { 'x-forwarded-for': '203.0.113.78' },
    })

    const rows = await eventually(
      () => strangersOf('203.0.113.78'),
      (found) => sum(found) === 1,
    )
    expect(rows).toMatchObject([{ outcome: 'failure', details: { statuses: { 404: 1 } } }])
    expect(JSON.stringify(rows)).not.toContain('no-key')
  })

  test('of a probe or of a reader of the audit log leaves no row of its own', async () => {
    const [probe, look, last] = [randomUUID(), randomUUID(), randomUUID()]
    await api.call('GET /health', { headers: { 'x-request-id': probe } })
    await api.call('GET /api/v1/audit-events', { token: auditor, headers: { 'x-request-id': look } })
    const token = await api.token('identities:read')
    await api.call('GET /api/v1/identities', { token, headers: { 'x-request-id': last } })
    await rowsOf(last)

    const rows = await api.db.many<AuditEvent>(
      sql`select * from audit_event where request_id in (${probe}, ${look})`,
    )
    expect(rows).toMatchObject([{ event_type: 'audit_log.read', request_id: look }])
  })

  test('whose path cannot be stored as it is takes no other row with it', async () => {
    const token = await api.token('identities:read')
    const [odd, plain] = await Promise.all([
      told('GET /api/v1/identities/a%00b', { token }),
      told('GET /api/v1/identities/plain', { token }),
    ])

    expect([odd, plain]).toMatchObject([
      [{ http_path: '/api/v1/identities/a\uFFFDb' }],
      [{ http_path: '/api/v1/identities/plain' }],
    ])
  })

  test('whose client leaves before the answer is told all the same', async () => {
    const id = randomUUID()
    const url = await api.server.listen({ host: '127.0.0.1', port: 0 })
    const sent = httpRequest(`${url}/api/v1/identities`, {
      method: 'POST',
      agent: new Agent({ keepAlive: false }),
      headers: {
        authorization: `Bearer ${await api.token()}`,
        'x-request-id': id,
        'content-type': 'application/json',
        'content-length': '1000',
      },
    })
    sent.on('error', () => undefined)
    sent.write('{')
    api.server.server.once('request', () => sent.destroy())

    expect(await rowsOf(id)).toMatchObject([
      {
        event_type: 'api.post.failure',
        outcome: 'failure',
        http_path: '/api/v1/identities',
        actor_ip: '127.0.0.1',
      },
    ])
  })

  test.each([
    ['the last address that no trusted proxy is', '203.0.113.9, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
    ['an address with a port', '198.51.100.7:4711', '198.51.100.7'],
    ['an address of IPv6', '2001:db8::1', '2001:db8::1'],
    ['the proxy, where it says no address', 'unknown', '127.0.0.1'],
  ])('behind a trusted proxy is of %s', async (_, forwarded, ip) => {
    const token = await api.token('identities:read')
    const rows = await told('GET /api/v1/identities', { token, headers: { 'x-forwarded-for': forwarded } })

    expect(rows).toMatchObject([{ actor_ip: ip }])
  })
})

describe('where no proxy is trusted', () => {
  test('what a client says of itself does not count', async () => {
    const bare = await startApi(
      () => [],
      ({ database, log }) => ({
        audit: createAuditTrail({ database, log, metrics: createMetrics(), count_ms: 100 }),
      }),
    )
    try {
      await bare.call('GET /somewhere', {
        headers: { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9' },
      })
      const rows = await eventually(
        () => bare.db.many(sql`select actor_ip from audit_event`),
        (found) => found.length > 0,
      )
      expect(rows).toEqual([{ actor_ip: '127.0.0.1' }])
    } finally {
      await bare.close()
    }
  })
})

describe('reading', () => {
  const request_id = randomUUID()

  beforeEach(async () => {
    await api.db.run(sql`delete from audit_event`)
    const of = (more: object) =>
      ({ category: 'admin', outcome: 'success', event_type: 'a.b', ...more }) as const
    await record(api.db, [
      of({
        created: '2031-01-01T00:00:00.000001Z',
        actor_login: 'Ada',
        resource_type: 'identity',
        resource_id: 7,
      }),
      of({
        created: '2031-01-01T00:00:00.000002Z',
        outcome: 'denied',
        event_type: 'a.c',
        resource_ref: 'x.y',
      }),
      of({
        created: '2031-01-02T00:00:00Z',
        category: 'api',
        http_method: 'GET',
        http_path: '/API/v1/100%',
        http_status: 404,
        request_id,
      }),
      of({ created: '2031-01-03T00:00:00Z', category: 'secret', actor_identity: 12, request_id }),
    ])
  })

  const days = async (query: string) => {
    const { status, body } = await api.call(
      `GET /api/v1/audit-events?${query.includes('after') ? '' : 'created_after=2030-01-01T00:00:00Z&'}${query}`,
      { token: auditor },
    )
    expect(status).toBe(200)
    return (body.data as AuditEvent[]).map(({ created }) => created.slice(8))
  }
  const [first, second, third, fourth] = [
    '01T00:00:00.000001Z',
    '01T00:00:00.000002Z',
    '02T00:00:00Z',
    '03T00:00:00Z',
  ]

  test.each([
    ['', [fourth, third, second, first]],
    ['category=secret', [fourth]],
    ['category=api', [third]],
    ['outcome=denied', [second]],
    ['outcome=success', [fourth, third, first]],
    ['event_type=a.c', [second]],
    ['actor_identity=12', [fourth]],
    ['actor_login=ad', [first]],
    ['resource_type=identity&resource_id=7', [first]],
    ['resource_ref=x.y', [second]],
    [`request_id=${request_id}`, [fourth, third]],
    ['http_status=404', [third]],
    ['http_method=get', [third]],
    ['http_path=v1/100%25', [third]],
    ['http_path=v1_100', []],
    ['created_before=2031-01-02T00:00:00Z', [second, first]],
    ['created_after=2031-01-02T00:00:00Z', [fourth, third]],
    ['per_page=1&page=2', [third]],
  ])('with %s finds what matches, newest first', async (query, found) => {
    expect(await days(query)).toEqual(found)
  })

  test('one row has everything, and a row that is not is not found', async () => {
    const { id } = await api.db.one<{ id: number }>(sql`select id from audit_event where resource_id = 7`)

    expect((await api.call(`GET /api/v1/audit-events/${id}`, { token: auditor })).body.data).toMatchObject({
      id,
      actor_login: 'Ada',
      resource_id: 7,
      correlation_chain: null,
    })
    expect(await api.call('GET /api/v1/audit-events/999999', { token: auditor })).toMatchObject({
      status: 404,
    })
  })

  test('a request is read in its order', async () => {
    const { body } = await api.call(`GET /api/v1/audit-events/by-request/${request_id}`, { token: auditor })

    expect((body.data as AuditEvent[]).map(({ category }) => category)).toEqual(['api', 'secret'])
  })

  test('is itself told, with what was looked for', async () => {
    await api.call('GET /api/v1/audit-events?actor_login=ada', { token: auditor })

    expect(
      await api.db.many(sql`select event_type, details from audit_event where event_type = 'audit_log.read'`),
    ).toMatchObject([{ details: { query: { actor_login: 'ada' } } }])
  })

  test('needs the grant', async () => {
    const token = await api.token('identities:read')
    for (const path of ['', '/1', `/by-request/${request_id}`, '/export'])
      expect(await api.call(`GET /api/v1/audit-events${path}`, { token }), path).toMatchObject({
        status: 403,
      })
  })

  test('everything comes in lines, oldest first, across the seams of what is fetched at once', async () => {
    await api.db.run(sql`
      insert into audit_event (created, category, event_type, outcome)
      select '2032-01-01'::timestamptz + (n / 7) * interval '1 second', 'pack', 'many', 'success'
      from generate_series(1, 1203) n`)
    const { statusCode, headers, body } = await api.server.inject({
      url: '/api/v1/audit-events/export?event_type=many&created_before=2033-01-01T00:00:00Z',
      headers: { authorization: `Bearer ${auditor}` },
    })
    const rows = body
      .trimEnd()
      .split('\n')
      .map((line): AuditEvent => JSON.parse(line))

    expect([statusCode, headers['content-type']]).toEqual([200, 'application/x-ndjson; charset=utf-8'])
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1203)
    expect(rows.map(({ created }) => created)).toEqual(rows.map(({ created }) => created).sort())
  })
})
