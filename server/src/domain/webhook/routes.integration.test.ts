import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, startApi } from '../../../test/api.ts'
import * as given from '../../../test/given.ts'
import { sql } from '../../database/sql.ts'
import type { Event } from '../event/event.ts'
import { webhookRoutes } from './routes.ts'

const KEY = /^wh_[0-9a-f]{32}$/

let api: Api
let token: string

beforeAll(async () => {
  api = await startApi((parts) => webhookRoutes(parts))
  token = await api.token('triggers:update')
})

afterAll(() => api.close())

const control = (ref: string, verb: string) =>
  api.call(`POST /api/v1/triggers/${ref}/webhooks/${verb}`, { token })

const send = (key: string, body: object, headers: Record<string, string> = {}) =>
  api.call(`POST /api/v1/webhooks/${key}`, { body: { ...body }, headers })

async function openWebhook(columns: Record<string, unknown> = {}): Promise<{ ref: string; key: string }> {
  const trigger = await given.trigger(api.db, columns)
  const { body } = await control(trigger.ref, 'enable')
  return { ref: trigger.ref, key: keyOf(body) }
}

function stored(body: object): Promise<Event> {
  return api.db.one(sql`select * from event where id = ${field(body, 'event_id')}`)
}

describe('control', () => {
  test('enabling makes a key and enabling again keeps it, with its configuration', async () => {
    const trigger = await given.trigger(api.db, {
      webhook_config: { hmac: { enabled: true, secret: 'sss' } },
    })

    const first = await control(trigger.ref, 'enable')
    const again = await control(trigger.ref, 'enable')

    expect(first).toMatchObject({ status: 200, body: { data: { id: trigger.id, webhook_enabled: true } } })
    expect(keyOf(first.body)).toMatch(KEY)
    expect(keyOf(again.body)).toBe(keyOf(first.body))
    expect(JSON.stringify(first.body)).not.toContain('sss')
    const { webhook_config } = await api.db.one<{ webhook_config: object }>(
      sql`select webhook_config from trigger where id = ${trigger.id}`,
    )
    expect(webhook_config).toEqual({ hmac: { enabled: true, secret: 'sss' } })
  })

  test('regenerating kills the old key at once', async () => {
    const { ref, key } = await openWebhook()

    const { body } = await control(ref, 'regenerate')

    expect(keyOf(body)).toMatch(KEY)
    expect(await send(key, { payload: 1 })).toMatchObject({ status: 404 })
    expect(await send(keyOf(body), { payload: 1 })).toMatchObject({ status: 200 })
  })

  test('disabling forgets the key, and the next one is another', async () => {
    const { ref, key } = await openWebhook()

    expect(await control(ref, 'disable')).toMatchObject({
      status: 200,
      body: { data: { webhook_enabled: false, webhook_key: null } },
    })
    expect(await send(key, { payload: 1 })).toMatchObject({ status: 404 })
    expect(keyOf((await control(ref, 'enable')).body)).not.toBe(key)
  })

  test('a key cannot be regenerated where there is none', async () => {
    const trigger = await given.trigger(api.db)

    expect(await control(trigger.ref, 'regenerate')).toMatchObject({
      status: 400,
      body: { code: 'BAD_REQUEST' },
    })
  })

  test.each(['enable', 'disable', 'regenerate'])('%s names a trigger that does not exist', async (verb) => {
    expect(await control('demo.missing', verb)).toMatchObject({
      status: 404,
      body: { error: "There is no trigger 'demo.missing'." },
    })
  })

  test('needs the permission to change triggers', async () => {
    const trigger = await given.trigger(api.db)
    const path = `POST /api/v1/triggers/${trigger.ref}/webhooks/enable` as const

    expect(await api.call(path)).toMatchObject({ status: 401 })
    expect(await api.call(path, { token: await api.token('triggers:read') })).toMatchObject({ status: 403 })
  })
})

describe('sending', () => {
  test('an envelope gives its payload, and the event tells where it came from', async () => {
    const { ref, key } = await openWebhook()

    const { status, body } = await send(
      key,
      { payload: { n: 1 }, headers: { 'X-Delivery': '7' } },
      { 'user-agent': 'forge/1.0', 'x-kind': 'push' },
    )

    expect(status).toBe(200)
    expect(body.data).toEqual({
      event_id: expect.any(Number),
      trigger_ref: ref,
      received_at: expect.stringMatching(/Z$/),
      message: 'Webhook received successfully',
    })
    expect(await stored(body)).toMatchObject({
      trigger_ref: ref,
      payload: { n: 1 },
      source: null,
      source_ref: 'webhook',
      rule: null,
      config: {
        source: 'webhook',
        webhook_key: key.slice(-4),
        received_at: field(body, 'received_at'),
        headers: { 'x-kind': 'push', 'X-Delivery': '7', 'user-agent': 'forge/1.0' },
        source_ip: '127.0.0.1',
        user_agent: 'forge/1.0',
      },
    })
  })

  test('what a provider sends as it likes is taken whole', async () => {
    const { key } = await openWebhook()

    const { body } = await send(key, { action: 'opened', headers: { not: 'ours' } })

    expect(await stored(body)).toMatchObject({ payload: { action: 'opened', headers: { not: 'ours' } } })
  })

  test('an envelope may hold any JSON, also null', async () => {
    const { key } = await openWebhook()

    for (const payload of [null, [1], 'text', false]) {
      expect((await stored((await send(key, { payload })).body)).payload).toEqual(payload)
    }
  })

  test('no credential gets into the event', async () => {
    const { key } = await openWebhook()

    const { body } = await send(
      key,
      { payload: 1, headers: { Authorization: 'Basic c2VjcmV0', 'x-api-key': 'secret' } },
      {
        authorization: 'Bearer secret',
        cookie: 'attune_access_token=secret',
        'x-hub-signature-256': 'sha256=secret',
        'x-webhook-signature': 'secret',
        'x-gitlab-token': 'secret',
        'x-forwarded-uri': `/api/v1/webhooks/${key}`,
        'x-kept': 'yes',
      },
    )

    const text = JSON.stringify(await stored(body))
    expect(text).toContain('x-kept')
    expect(text).not.toMatch(/secret|c2VjcmV0/)
    expect(text).not.toContain(key)
  })

  test('the Content-Type does not matter, JSON does', async () => {
    const { key } = await openWebhook()
    const raw = (payload: string) =>
      api.server.inject({
        method: 'POST',
        url: `/api/v1/webhooks/${key}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload,
      })

    expect((await raw('{"payload": {"n": 1}}')).statusCode).toBe(200)
    expect((await raw('payload=%7B%7D')).statusCode).toBe(400)
    expect((await raw('[1]')).statusCode).toBe(400)
  })

  test.each(['wh_00000000000000000000000000000000', 'x', '%00', 'a%20b', 'k'.repeat(100)])(
    'the key %s opens nothing',
    async (key) => {
      expect(await send(key, { payload: 1 })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    },
  )

  test('a disabled trigger refuses, and so does a webhook that was switched off in the store', async () => {
    const disabled = await openWebhook()
    const off = await openWebhook()
    await api.db.run(sql`update trigger set enabled = false where ref = ${disabled.ref}`)
    await api.db.run(sql`update trigger set webhook_enabled = false where ref = ${off.ref}`)

    expect(await send(disabled.key, { payload: 1 })).toMatchObject({ status: 409 })
    expect(await send(off.key, { payload: 1 })).toMatchObject({ status: 400 })
  })

  test('a payload beyond the limit is refused with the limit: ours, or a smaller one of the webhook', async () => {
    const { key } = await openWebhook()
    const small = await openWebhook({ webhook_config: { payload_size_limit_kb: 1 } })

    expect(await send(key, { payload: 'x'.repeat(70_000) })).toMatchObject({
      status: 413,
      body: { details: [{ field: 'payload', message: expect.stringContaining('65536') }] },
    })
    expect(await send(small.key, { payload: 'x'.repeat(2000) })).toMatchObject({
      status: 413,
      body: { details: [{ field: 'payload', message: expect.stringContaining('1024') }] },
    })
    expect(await send(small.key, { payload: 'x'.repeat(100) })).toMatchObject({ status: 200 })
  })

  test.each(['hmac', 'ip_whitelist', 'rate_limit'])(
    'a webhook that demands %s stays closed',
    async (name) => {
      const { key } = await openWebhook({ webhook_config: { [name]: { enabled: true } } })

      expect(await send(key, { payload: 1 })).toMatchObject({
        status: 501,
        body: { error: expect.stringContaining(name) },
      })
    },
  )

  test('the key does not get into the log', async () => {
    const lines: object[] = []
    const { key } = await openWebhook()
    const debug = api.log.debug.bind(api.log)
    api.log.debug = (line: object) => lines.push(line)

    await send(key, { payload: 1 })
    api.log.debug = debug

    expect(lines).toMatchObject([{ path: '/api/v1/webhooks/***', status: 200 }])
  })
})

function field(body: object, name: string): unknown {
  const data: unknown = Reflect.get(body, 'data')
  return typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined
}

function keyOf(body: object): string {
  const key = field(body, 'webhook_key')
  return typeof key === 'string' ? key : ''
}
