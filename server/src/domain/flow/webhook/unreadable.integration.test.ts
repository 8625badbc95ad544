import { describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { raw, sql } from '../../../database/sql.ts'
import type { JsonObject } from '../../../json.ts'
import { sweepsOf } from '../../../sweeps/all.ts'
import { runOnce } from '../../../sweeps/sweep.ts'
import { readConfig } from './config.ts'
import { webhookRoutes } from './routes.ts'

let made = 0

const api = await fixture(startApi((parts) => webhookRoutes(parts)))
const token = await api.token('triggers:update')

async function openWebhook(config: string): Promise<{ id: number; ref: string; key: string }> {
  const key = `wh_${String((made += 1)).padStart(32, '0')}`
  const { id, ref } = await given.trigger(api.db, { webhook_enabled: true, webhook_key: key })
  await api.db.run(sql`update trigger set webhook_config = ${config}::jsonb where id = ${id}`)
  return { id, ref, key }
}

const send = (key: string) => api.call(`POST /api/v1/webhooks/${key}`, { body: { payload: { n: 1 } } })
const calls = (ref: string) =>
  api.db.many<JsonObject>(sql`
    select status_code, error_message, event_id from webhook_event_log where trigger_ref = ${ref} order by id`)
const events = (ref: string) => api.db.many(sql`select id from event where trigger_ref = ${ref}`)

/** What a hand may leave behind, and the field that the operator is told. */
const malformed: readonly [string, string][] = [
  ['null', 'webhook_config'],
  ['[]', 'webhook_config'],
  ['"sha256"', 'webhook_config'],
  ['{"hmac": null}', 'hmac'],
  ['{"hmac": {"enabled": "true", "algorithm": "sha256", "secret": "s"}}', 'hmac.enabled'],
  ['{"hmac": {"algorithm": "sha256", "secret": "s"}}', 'hmac'],
  ['{"hmac": {"enabled": true, "algorithm": "sha256", "secret": ""}}', 'hmac.secret'],
  ['{"hmac": {"enabled": true, "algorithm": "sha256", "secret": null}}', 'hmac.secret'],
  ['{"hmac": {"enabled": true, "algorithm": "sha256"}}', 'hmac.secret'],
  ['{"hmac": {"enabled": true, "algorithm": "md5", "secret": "s"}}', 'hmac.algorithm'],
  ['{"hmac": {"enabled": true, "secret": "s"}}', 'hmac.algorithm'],
  ['{"hmac": {"enable": true, "algorithm": "sha256", "secret": "s"}}', 'hmac'],
  ['{"HMAC": {"enabled": true, "algorithm": "sha256", "secret": "s"}}', 'HMAC'],
  ['{"hmac": [{"enabled": true}]}', 'hmac'],
  ['{"__proto__": {"enabled": true}}', '__proto__'],
  ['{"ip_whitelist": {"enabled": true}}', 'ip_whitelist.ips'],
  ['{"ip_whitelist": {"enabled": true, "ips": []}}', 'ip_whitelist.ips'],
  ['{"ip_whitelist": {"enabled": true, "ips": "127.0.0.1"}}', 'ip_whitelist.ips'],
  ['{"ip_whitelist": {"enabled": true, "ips": [null]}}', 'ip_whitelist.ips.0'],
  ['{"ip_whitelist": {"enabled": true, "ips": ["127.0.0.1", "home"]}}', 'ip_whitelist.ips.1'],
  ['{"ip_whitelist": {"enabled": 1, "ips": ["127.0.0.1"]}}', 'ip_whitelist.enabled'],
  ['{"ip_whitelist": ["10.0.0.1"]}', 'ip_whitelist'],
  ['{"rate_limit": {"enabled": true}}', 'rate_limit.requests'],
  ['{"rate_limit": {"enabled": true, "requests": 0, "window_seconds": 60}}', 'rate_limit.requests'],
  ['{"rate_limit": {"enabled": true, "requests": -1, "window_seconds": 60}}', 'rate_limit.requests'],
  ['{"rate_limit": {"enabled": true, "requests": 1.5, "window_seconds": 60}}', 'rate_limit.requests'],
  ['{"rate_limit": {"enabled": true, "requests": 5, "window_seconds": 0}}', 'rate_limit.window_seconds'],
  ['{"rate_limit": {"enabled": true, "requests": "5", "window_seconds": 60}}', 'rate_limit.requests'],
  ['{"rate_limit": {"enabled": true, "requests": 5, "per_seconds": 60}}', 'rate_limit'],
  ['{"payload_size_limit_kb": 0}', 'payload_size_limit_kb'],
  ['{"payload_size_limit_kb": "1"}', 'payload_size_limit_kb'],
  ['{"payload_size_limit_kb": null}', 'payload_size_limit_kb'],
]

describe('a configuration of which anything cannot be read', () => {
  test.each(malformed)('lets nobody in, and the log says why: %s', async (config, field) => {
    const { ref, key } = await openWebhook(config)

    const { status, body } = await send(key)

    expect(status).toBe(409)
    expect(JSON.stringify(body)).not.toMatch(/hmac|whitelist|rate|limit|config/)
    expect(await calls(ref)).toMatchObject([
      { status_code: 409, error_message: expect.stringContaining(field), event_id: null },
    ])
    expect(await events(ref)).toEqual([])
  })

  test.each(malformed)('is refused by the API too: %s', async (config) => {
    const { ref } = await given.trigger(api.db)
    const body = JSON.parse(config) as JsonObject
    const { status } = await api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, { token, body })

    // A part that is null is one that is not given; what is stored then has none.
    const stored = await api.db.one<{ webhook_config: JsonObject }>(
      sql`select webhook_config from trigger where ref = ${ref}`,
    )
    expect(status === 200 ? stored.webhook_config : {}).toEqual({})
    if (!config.includes('null')) expect(status).toBeGreaterThanOrEqual(400)
  })

  test('is shown with what is wrong, raises an alert, and the alert is cleared when it is mended', async () => {
    const { id, ref } = await openWebhook(
      '{"rate_limit": {"enabled": true, "requests": 0, "window_seconds": 1}}',
    )
    const alert = () =>
      api.db.maybe<JsonObject>(sql`
        select summary, cleared_at from alert where correlation_id = ${`webhook:${id}:unreadable`}`)

    await sweep()
    const shown = await api.call(`GET /api/v1/triggers/${ref}/webhooks/config`, { token })
    const raised = await alert()
    await api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, { token, body: {} })
    await sweep()

    expect(shown).toMatchObject({ status: 200 })
    expect(shown.body.data).toMatchObject({ problems: [{ field: 'rate_limit.requests' }] })
    expect(raised).toMatchObject({ summary: expect.stringContaining(ref), cleared_at: null })
    expect((await alert())?.['cleared_at']).not.toBeNull()
  })
})

function sweep() {
  const limits = {
    interval_seconds: 1,
    batch: 100,
    redrive_after_seconds: 60,
    scheduled_timeout_seconds: 60,
    execution_remediation_seconds: 60,
    worker_silence_seconds: 60,
    stuck_execution_seconds: 60,
  }
  const quiet = { redriven: () => undefined, alerted: () => undefined }
  const context = { database: api.database, log: api.log, metrics: quiet, alert_cooldown_seconds: 60 }
  return runOnce(context, sweepsOf(limits).report_unreadable_webhooks)
}

test.each([
  {},
  { hmac: { enabled: false } },
  { hmac: { enabled: true, algorithm: 'SHA256', secret: 's' } },
  { ip_whitelist: { enabled: false, ips: [] } },
  { rate_limit: { enabled: false } },
  { payload_size_limit_kb: 1 },
])('a part that is off may be incomplete, and what is complete is read: %j', (config) => {
  expect(readConfig(config, false).kind).toBe('demands')
})

test('a call whose row of the log cannot be written has sent nothing, and is sent again', async () => {
  const { ref, key } = await openWebhook('{}')
  await api.db.run(
    sql`alter table webhook_event_log add constraint broken check (${raw('trigger_ref')} <> '${raw(ref)}') not valid`,
  )

  const first = await send(key)
  const before = await events(ref)
  await api.db.run(sql`alter table webhook_event_log drop constraint broken`)
  const second = await send(key)

  expect(first.status).toBeGreaterThanOrEqual(400)
  expect(before).toEqual([])
  expect(second.status).toBe(200)
  expect(await events(ref)).toHaveLength(1)
  expect(await calls(ref)).toHaveLength(1)
})

test('an event that the store refuses is written down as a call that was refused', async () => {
  const { ref, key } = await openWebhook('{}')
  await api.db.run(
    sql`alter table event add constraint broken check (trigger_ref <> '${raw(ref)}') not valid`,
  )

  const { status } = await send(key)
  await api.db.run(sql`alter table event drop constraint broken`)

  expect(status).toBeGreaterThanOrEqual(400)
  expect(await events(ref)).toEqual([])
  expect(await calls(ref)).toMatchObject([{ status_code: status, event_id: null }])
})
