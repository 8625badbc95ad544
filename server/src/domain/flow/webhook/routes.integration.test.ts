import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import { callerOfToken } from '../../../services/caller-of-token.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import { createServer, serve } from '../../../http/server.ts'
import type { JsonObject } from '../../../json.ts'
import type { Event } from '../event/event.ts'
import { webhookRoutes } from './routes.ts'

const KEY = /^wh_[0-9a-f]{32}$/

const api = await fixture(startApi((parts) => webhookRoutes(parts)))
const token = await api.token('triggers:update')

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

  test('the key is not in the event, wherever the sender repeats it', async () => {
    const { key } = await openWebhook()
    const url = `https://attune.example/api/v1/webhooks/${key}`

    const { body } = await send(key, { hook: { config: { url }, [url]: [url, 1, null] } }, { 'x-from': url })

    const event = await stored(body)
    expect(JSON.stringify(event)).not.toContain(key)
    expect(event.payload).toEqual({
      hook: {
        config: { url: 'https://attune.example/api/v1/webhooks/***' },
        'https://attune.example/api/v1/webhooks/***': ['https://attune.example/api/v1/webhooks/***', 1, null],
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

  test('what is sent as a form may be JSON, or a form', async () => {
    const { key } = await openWebhook()
    const raw = (payload: string) =>
      api.server.inject({
        method: 'POST',
        url: `/api/v1/webhooks/${key}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload,
      })

    const payloads = await Promise.all(
      ['{"payload": {"n": 1}}', 'payload=%7B%22n%22%3A2%7D', '[1]'].map(async (body) => {
        const answer = await raw(body)
        return [answer.statusCode, (await stored(answer.json())).payload]
      }),
    )

    expect(payloads).toEqual([
      [200, { n: 1 }],
      [200, { n: 2 }],
      [200, [1]],
    ])
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
      status: 400,
      body: { details: [{ field: 'payload', message: expect.stringContaining('1024') }] },
    })
    expect(await send(small.key, { payload: 'x'.repeat(100) })).toMatchObject({ status: 200 })
  })

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

describe('what a webhook demands', () => {
  const configure = (ref: string, body: JsonObject, as = token) =>
    api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, { token: as, body })
  const shown = (ref: string) => api.call(`GET /api/v1/triggers/${ref}/webhooks/config`, { token })

  describe('a signature', () => {
    const body = '{"payload":{"n":1}}'
    const sign = (algorithm: string, secret = 'sesame', signed = body) =>
      createHmac(algorithm, secret).update(signed).digest('hex')
    const post = (key: string, headers: Record<string, string>, payload: string | Buffer = body) =>
      api.server.inject({
        method: 'POST',
        url: `/api/v1/webhooks/${key}`,
        headers: { 'content-type': 'application/json', ...headers },
        payload,
      })

    test.each(['sha1', 'sha256', 'sha512'])('%s over the very bytes', async (algorithm) => {
      const { ref, key } = await openWebhook()
      expect(await configure(ref, { hmac: { enabled: true, algorithm, secret: 'sesame' } })).toMatchObject({
        status: 200,
        body: { data: { hmac: { enabled: true, algorithm, has_secret: true } } },
      })
      const spaced = ' { "payload" :  {"n": 1.0, "ü": "\\u00fc"} } '

      const right = await post(key, { 'x-webhook-signature': `${algorithm}=${sign(algorithm)}` })
      const statuses = [
        right.statusCode,
        (await post(key, { 'x-hub-signature-256': sign(algorithm) })).statusCode,
        (await post(key, { 'x-webhook-signature': sign(algorithm, 'sesame', spaced) }, spaced)).statusCode,
      ]

      expect(statuses).toEqual([200, 200, 200])
      const { config } = await stored(right.json())
      expect(config).toMatchObject({ hmac_verified: true })
    })

    test('that is missing, wrong, of other bytes or of another algorithm is none', async () => {
      const { ref, key } = await openWebhook()
      await configure(ref, { hmac: { enabled: true, algorithm: 'sha256', secret: 'sesame' } })
      const right = sign('sha256')
      const wrong = [
        undefined,
        '',
        'sha256=',
        right.slice(0, -2),
        `${right.slice(0, -1)}${right.endsWith('0') ? '1' : '0'}`,
        `sha1=${sign('sha1')}`,
        `sha512=${right}`,
        sign('sha256', 'other'),
        sign('sha256', 'sesame', `${body} `),
      ]

      for (const signature of wrong) {
        const headers = signature === undefined ? {} : { 'x-webhook-signature': signature }
        expect([signature, (await post(key, headers)).statusCode]).toEqual([signature, 401])
      }
      expect((await post(key, { 'x-webhook-signature': `SHA256=${right.toUpperCase()}` })).statusCode).toBe(
        200,
      )
    })

    test('the secret is stored encrypted, never shown, and stays until it is replaced', async () => {
      const { ref, key } = await openWebhook()
      const hmac = { enabled: true, algorithm: 'sha256' }

      expect(await configure(ref, { hmac })).toMatchObject({
        status: 422,
        body: { details: [{ field: 'hmac.secret' }] },
      })
      const answers = [
        await configure(ref, { hmac: { ...hmac, secret: 'sesame' } }),
        await configure(ref, { hmac, payload_size_limit_kb: 7 }),
        await shown(ref),
      ]

      expect(JSON.stringify(answers)).not.toContain('sesame')
      expect(answers.at(-1)).toMatchObject({
        body: { data: { payload_size_limit_kb: 7, hmac: { ...hmac, has_secret: true } } },
      })
      expect((await post(key, { 'x-webhook-signature': sign('sha256') })).statusCode).toBe(200)
      const rows = await api.db.many(sql`
        select t::text as row from trigger t union all select w::text from webhook_secret w
        union all select a::text from audit_event a union all select l::text from webhook_event_log l`)
      expect(JSON.stringify(rows)).not.toContain('sesame')
      await configure(ref, { hmac: { ...hmac, secret: 'open' } })
      expect((await post(key, { 'x-webhook-signature': sign('sha256') })).statusCode).toBe(401)
      await configure(ref, {})
      expect((await post(key, {})).statusCode).toBe(200)
    })

    test.each([
      { enabled: true },
      { enabled: true, algorithm: 'sha256' },
      { enabled: true, algorithm: 'md5', secret: 'sesame' },
      { enabled: true, secret: 'sesame' },
    ])('a demand that nobody can fulfil is fulfilled by nobody: %j', async (hmac) => {
      const { key } = await openWebhook({ webhook_config: { hmac } })

      expect((await post(key, { 'x-webhook-signature': sign('sha256') })).statusCode).toBe(409)
    })

    test('one that was written into the store by hand counts', async () => {
      const { key } = await openWebhook({
        webhook_config: { hmac: { enabled: true, algorithm: 'sha256', secret: 'sesame' } },
      })

      expect((await post(key, { 'x-webhook-signature': sign('sha256') })).statusCode).toBe(200)
      expect((await post(key, {})).statusCode).toBe(401)
    })
  })

  test('a call from a listed address', async () => {
    const { ref, key } = await openWebhook()
    const status = async () => (await send(key, { payload: 1 })).status

    await configure(ref, { ip_whitelist: { enabled: true, ips: ['10.0.0.0/8', '2001:db8::/32'] } })
    expect(await status()).toBe(403)
    await configure(ref, { ip_whitelist: { enabled: true, ips: ['127.0.0.0/8'] } })
    expect(await status()).toBe(200)
    await configure(ref, { ip_whitelist: { enabled: false, ips: [] } })
    expect(await status()).toBe(200)
    await api.db.run(sql`
      update trigger set webhook_config = '{"ip_whitelist": {"enabled": true}}' where ref = ${ref}`)
    expect(await status()).toBe(409)
    expect(
      await configure(ref, { ip_whitelist: { enabled: true, ips: ['10.0.0.1', 'home'] } }),
    ).toMatchObject({
      status: 422,
      body: { details: [{ field: 'ip_whitelist.ips.1' }] },
    })
  })

  test('an address that a caller only claims does not count, unless a trusted proxy says so', async () => {
    const { ref, key } = await openWebhook()
    await configure(ref, { ip_whitelist: { enabled: true, ips: ['10.1.2.3'] } })
    const claimed = { 'x-forwarded-for': '10.1.2.3', 'x-real-ip': '10.1.2.3' }
    const options = {
      ...api,
      callerOf: callerOfToken(api),
      max_body_size: 65_536,
      cors_origins: [],
      trusted_proxies: ['127.0.0.0/8'],
      request_timeout: 30,
      limits: {
        refused_per_minute: 1000,
        requests_per_minute: undefined,
        connections: { all: 100, each: 100 },
      },
      turns: { all: 7, each: 5 },
    }
    const behind = await createServer(options)
    serve(behind, webhookRoutes(api), options)
    const proxied = await behind.inject({
      method: 'POST',
      url: `/api/v1/webhooks/${key}`,
      headers: claimed,
      payload: { payload: 1 },
    })
    await behind.close()

    expect((await send(key, { payload: 1 }, claimed)).status).toBe(403)
    expect(proxied.statusCode).toBe(200)
  })

  test('not too many calls, however many arrive at once', async () => {
    const { ref, key } = await openWebhook()
    await configure(ref, { rate_limit: { enabled: true, requests: 3, window_seconds: 3600 } })

    const answers = await Promise.all(Array.from({ length: 8 }, () => send(key, { payload: 1 })))

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 200, 200, 429, 429, 429, 429, 429,
    ])
    await api.db.run(sql`
      update webhook_event_log set created = created - interval '1 hour' where trigger_ref = ${ref}`)
    expect((await send(key, { payload: 1 })).status).toBe(200)
    await api.db.run(sql`
      update trigger set webhook_config = '{"rate_limit": {"enabled": true}}' where ref = ${ref}`)
    expect((await send(key, { payload: 1 })).status).toBe(409)
  })

  test('every call to a webhook that exists is written down, let in or not, without the key', async () => {
    const { ref, key } = await openWebhook()
    const { body } = await send(key, { payload: 1 }, { 'user-agent': 'forge/1.0', authorization: 'secret' })
    await configure(ref, { ip_whitelist: { enabled: true, ips: ['10.0.0.1'] } })
    await send(key, { payload: 1 })
    await configure(ref, { rate_limit: { enabled: true, requests: 1, window_seconds: 3600 } })
    await send(key, { payload: 1 })
    await send('wh_00000000000000000000000000000000', { payload: 1 })

    const calls = await api.db.many<JsonObject>(sql`
      select status_code, event_id, source_ip, ip_allowed, rate_limited, error_message, webhook_key, headers
      from webhook_event_log where trigger_ref = ${ref} order by id`)

    expect(calls).toMatchObject([
      { status_code: 200, event_id: field(body, 'event_id'), source_ip: '127.0.0.1', ip_allowed: null },
      { status_code: 403, event_id: null, ip_allowed: false, rate_limited: false },
      { status_code: 429, rate_limited: true, error_message: expect.stringContaining('1 calls') },
    ])
    expect(JSON.stringify(calls)).not.toContain(key)
    expect(JSON.stringify(calls)).not.toContain('secret')
  })

  test('is said by whoever may change the trigger', async () => {
    const { ref } = await openWebhook()
    const other = await api.granted({
      resource: 'triggers',
      actions: ['read', 'update'],
      constraints: { pack_refs: ['elsewhere'] },
    })

    expect((await configure(ref, {}, other.token)).status).toBe(404)
    expect((await configure(ref, {}, await api.token('triggers:read'))).status).toBe(403)
    expect((await configure(ref, { colour: 'red' })).status).toBe(422)
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
