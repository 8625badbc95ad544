import { createHmac } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { startApi } from '../../../../test/api.ts'
import { fixture } from '../../../../test/fixture.ts'
import * as given from '../../../../test/given.ts'
import { sql } from '../../../database/sql.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { ruleExplainRoutes } from '../../definition/rule/explain-routes.ts'
import { webhookRoutes } from './routes.ts'

/* What well-known senders send, after their public documentation: webhook, condition, templated parameter. */

const api = await fixture(startApi((parts) => [...webhookRoutes(parts), ...ruleExplainRoutes(parts)]))
const token = await api.token()

type Sender = {
  headers?: Record<string, string>
  query?: string
  body: string | Buffer
  condition: string
  template: string
  expected: Json
}

const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const text = (value: Json) => JSON.stringify(value)

const push = {
  ref: 'refs/heads/main',
  repository: { full_name: 'octo/repo' },
  head_commit: { id: '7fd1a60b' },
}
const alerts = {
  version: '4',
  status: 'firing',
  commonLabels: { alertname: 'DiskFull', severity: 'critical' },
  alerts: [{ status: 'firing', labels: { instance: 'db1' }, startsAt: '2030-01-01T00:00:00Z' }],
}
const cloudEvent = {
  specversion: '1.0',
  type: 'com.example.order',
  source: '/shop',
  id: 'A234',
  data: { order: 7 },
}

const boundary = '------------------------d74496d66958873e'
const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` }
const parts = (fields: Record<string, string>, file?: string) =>
  [
    ...Object.entries(fields).map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ),
    file === undefined
      ? ''
      : `--${boundary}\r\nContent-Disposition: form-data; name="attachment-1"; filename="${file}"\r\nContent-Type: text/plain\r\n\r\nhello\r\n`,
    `--${boundary}--\r\n`,
  ].join('')

const senders: Readonly<Record<string, Sender>> = {
  'GitHub, JSON': {
    headers: { ...json, 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': '72d3162e' },
    body: text(push),
    condition: "event.headers['x-github-event'] == 'push' and event.payload.ref == 'refs/heads/main'",
    template: '{{ event.payload.repository.full_name }}@{{ event.payload.head_commit.id }}',
    expected: 'octo/repo@7fd1a60b',
  },
  'GitHub, form': {
    headers: { ...form, 'X-GitHub-Event': 'push' },
    body: `payload=${encodeURIComponent(text(push))}`,
    condition: "event.headers['x-github-event'] == 'push' and event.payload.ref == 'refs/heads/main'",
    template: '{{ event.payload.repository.full_name }}',
    expected: 'octo/repo',
  },
  GitLab: {
    headers: { ...json, 'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Token': 'sesame' },
    body: text({
      object_kind: 'push',
      project: { path_with_namespace: 'mike/diaspora' },
      total_commits_count: 4,
    }),
    condition: "event.headers['x-gitlab-event'] == 'Push Hook' and not has(event.headers['x-gitlab-token'])",
    template: '{{ event.payload.total_commits_count }}',
    expected: 4,
  },
  Bitbucket: {
    headers: { ...json, 'X-Event-Key': 'repo:push' },
    body: text({ push: { changes: [{ new: { name: 'main' } }] }, repository: { full_name: 'team/repo' } }),
    condition: "event.headers['x-event-key'] == 'repo:push'",
    template: '{{ event.payload.push.changes.0.new.name }}',
    expected: 'main',
  },
  Stripe: {
    headers: { 'content-type': 'application/json; charset=utf-8', 'Stripe-Signature': 't=1,v1=ab' },
    body: text({
      id: 'evt_1',
      type: 'invoice.paid',
      data: { object: { amount_paid: 1999, currency: 'eur' } },
    }),
    condition: "event.payload.type == 'invoice.paid' and event.payload.data.object.amount_paid > 1000",
    template: '{{ event.payload.data.object.currency }}',
    expected: 'eur',
  },
  'Slack command': {
    headers: form,
    body: 'token=x&team_id=T0001&command=%2Fdeploy&text=api+to+prod&user_name=ana',
    condition: "event.payload.command == '/deploy'",
    template: '{{ event.payload.text }}',
    expected: 'api to prod',
  },
  'Slack button': {
    headers: form,
    body: `payload=${encodeURIComponent(text({ type: 'block_actions', actions: [{ action_id: 'approve', value: '42' }] }))}`,
    condition: "event.payload.type == 'block_actions'",
    template: '{{ event.payload.actions.0.value }}',
    expected: '42',
  },
  Shopify: {
    headers: { ...json, 'X-Shopify-Topic': 'orders/create', 'X-Shopify-Hmac-SHA256': 'abc=' },
    body: text({ id: 820982911946154500, total_price: '403.00', line_items: [{ sku: 'IPOD' }] }),
    condition: "event.headers['x-shopify-topic'] == 'orders/create'",
    template: '{{ event.payload.total_price }}',
    expected: '403.00',
  },
  PagerDuty: {
    headers: json,
    body: text({ event: { id: '01B', event_type: 'incident.triggered', data: { title: 'A little bump' } } }),
    condition: "event.payload.event.event_type == 'incident.triggered'",
    template: '{{ event.payload.event.data.title }}',
    expected: 'A little bump',
  },
  Sentry: {
    headers: { ...json, 'Sentry-Hook-Resource': 'issue', 'Request-ID': 'e3' },
    body: text({ action: 'created', data: { issue: { id: '1170820242', title: 'TypeError' } } }),
    condition: "event.headers['sentry-hook-resource'] == 'issue' and event.payload.action == 'created'",
    template: '{{ event.payload.data.issue.title }}',
    expected: 'TypeError',
  },
  Alertmanager: {
    headers: { ...json, 'User-Agent': 'Alertmanager/0.27.0' },
    query: 'team=infra&token=hush',
    body: text(alerts),
    condition:
      "event.query.team == 'infra' and event.payload.commonLabels.severity == 'critical' and not has(event.query.token)",
    template: '{{ event.payload.alerts.0.labels.instance }}',
    expected: 'db1',
  },
  'Alertmanager, packed': {
    headers: { ...json, 'Content-Encoding': 'gzip' },
    body: gzipSync(text(alerts)),
    condition: "event.payload.status == 'firing'",
    template: '{{ event.payload.commonLabels.alertname }}',
    expected: 'DiskFull',
  },
  Grafana: {
    headers: json,
    body: text({ receiver: 'hook', state: 'alerting', orgId: 1, alerts: [{ values: { B: 22.5 } }] }),
    condition: "event.payload.state == 'alerting' and event.payload.alerts[0].values.B > 20",
    template: '{{ event.payload.alerts.0.values.B }}',
    expected: 22.5,
  },
  Datadog: {
    headers: json,
    body: text({
      alert_type: 'error',
      title: '[Triggered] CPU',
      tags: 'env:prod,team:core',
      date: 1700000000000,
    }),
    condition: "event.payload.alert_type == 'error' and 'env:prod' in event.payload.tags",
    template: '{{ event.payload.date }}',
    expected: 1700000000000,
  },
  Twilio: {
    headers: form,
    body: 'MessageSid=SM1&From=%2B14017122661&To=%2B15558675310&Body=Ahoy%21+%F0%9F%91%8B&NumMedia=0',
    condition: "event.payload.From == '+14017122661'",
    template: '{{ event.payload.Body }}',
    expected: 'Ahoy! 👋',
  },
  Mailgun: {
    headers: multipart,
    body: parts({ recipient: 'ops@example.com', subject: 'Disk full', 'body-plain': 'a\r\nb' }, 'log.txt'),
    condition:
      "event.payload.recipient == 'ops@example.com' and event.payload['attachment-1'].size_bytes == 5",
    template: '{{ event.payload.subject }}: {{ event.payload.attachment-1.filename }}',
    expected: 'Disk full: log.txt',
  },
  Jira: {
    headers: json,
    query: 'user_id=admin&user_key=admin',
    body: text({
      webhookEvent: 'jira:issue_updated',
      issue: { key: 'OPS-7', fields: { priority: { name: 'High' } } },
    }),
    condition: "event.payload.webhookEvent == 'jira:issue_updated' and event.query.user_id == 'admin'",
    template: '{{ event.payload.issue.key }}',
    expected: 'OPS-7',
  },
  'Amazon SNS': {
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' },
    body: text({ Type: 'Notification', TopicArn: 'arn:aws:sns:eu-west-1:1:t', Message: '{"a":1}' }),
    condition: "event.headers['x-amz-sns-message-type'] == 'Notification'",
    template: '{{ event.payload.TopicArn }}',
    expected: 'arn:aws:sns:eu-west-1:1:t',
  },
  'CloudEvents, binary': {
    headers: {
      ...json,
      'ce-specversion': '1.0',
      'ce-type': 'com.example.order',
      'ce-id': 'A234',
      'ce-source': '/shop',
    },
    body: text({ order: 7 }),
    condition: "event.headers['ce-type'] == 'com.example.order'",
    template: '{{ event.payload.order }}',
    expected: 7,
  },
  'CloudEvents, structured': {
    headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    body: text(cloudEvent),
    condition: "event.payload.type == 'com.example.order'",
    template: '{{ event.payload.data.order }}',
    expected: 7,
  },
  'CloudEvents, batched': {
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: text([cloudEvent, cloudEvent]),
    condition: "length(event.payload) == 2 and event.payload[1].id == 'A234'",
    template: '{{ event.payload.0.source }}',
    expected: '/shop',
  },
  Zoom: {
    headers: json,
    body: text({
      event: 'meeting.started',
      payload: { account_id: 'a', object: { topic: 'Standup' } },
      event_ts: 1,
    }),
    condition: "event.payload.event == 'meeting.started'",
    template: '{{ event.payload.payload.object.topic }}',
    expected: 'Standup',
  },
  'Azure Event Grid': {
    headers: { ...json, 'aeg-event-type': 'Notification' },
    body: text([
      { eventType: 'Microsoft.Storage.BlobCreated', subject: '/blobs/x', data: { contentLength: 524288 } },
    ]),
    condition:
      "event.headers['aeg-event-type'] == 'Notification' and event.payload[0].data.contentLength > 1000",
    template: '{{ event.payload.0.subject }}',
    expected: '/blobs/x',
  },
  SendGrid: {
    headers: json,
    body: text([{ email: 'a@example.com', event: 'bounce', 'smtp-id': '<1>' }]),
    condition: "event.payload[0].event == 'bounce'",
    template: '{{ event.payload.0.smtp-id }}',
    expected: '<1>',
  },
  'an old machine in XML and latin-1': {
    headers: { 'content-type': 'text/xml; charset=iso-8859-1' },
    body: Buffer.from('<alarm level="high">K\xfchlung</alarm>', 'latin1'),
    condition: '\'level="high"\' in event.payload',
    template: '{{ event.payload }}',
    expected: '<alarm level="high">Kühlung</alarm>',
  },
  'a script that says hello': {
    headers: { 'content-type': 'text/plain' },
    query: 'host=db1',
    body: 'backup done\n',
    condition: "event.query.host == 'db1' and starts_with(event.payload, 'backup')",
    template: '{{ event.query.host }}',
    expected: 'db1',
  },
  'a doorbell': {
    query: 'door=front',
    body: '',
    condition: "event.payload == null and event.query.door == 'front'",
    template: '{{ event.query.door }}',
    expected: 'front',
  },
}

test.each(Object.entries(senders))(
  '%s',
  async (_, { headers = {}, query, body, condition, template, expected }) => {
    const { ref: trigger_ref, pack_ref, key } = await openWebhook()
    const action = await given.action(api.db)
    const rule = { ref: `${pack_ref}.r`, pack_ref, trigger_ref, action_ref: action.ref }

    const sent = await post(key, { headers, query, body })
    const tested = await api.call('POST /api/v1/rules/test', {
      token,
      body: {
        event: sent.event_id,
        rule: { ...rule, conditions: { expression: condition }, action_params: { p: template } },
      },
    })

    expect(tested.body['data']).toMatchObject({ decision: { outcome: 'matched' }, config: { p: expected } })
  },
)

test('a made-up event has the headers that it is given', async () => {
  const { ref: trigger_ref, pack_ref } = await openWebhook()
  const action = await given.action(api.db)
  const conditions = [{ of: 'headers', field: 'X-GitHub-Event', operator: 'equals', value: 'push' }]
  const rule = { ref: `${pack_ref}.r`, pack_ref, trigger_ref, action_ref: action.ref, conditions }
  const outcome = async (config: JsonObject) => {
    const { body } = await api.call('POST /api/v1/rules/test', { token, body: { rule, payload: {}, config } })
    return body['data']
  }

  expect(await outcome({ headers: { 'x-github-event': 'push' } })).toMatchObject({
    decision: { outcome: 'matched' },
  })
  expect(await outcome({})).toMatchObject({ decision: { outcome: 'not_matched' } })
})

describe('what is signed', () => {
  const secret = 'sesame'
  const signed = (body: string | Buffer) => ({
    ...json,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  })
  const configure = (ref: string, body: JsonObject) =>
    api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, { token, body })
  const github = (more: JsonObject = {}) => ({ hmac: { enabled: true, preset: 'github', secret, ...more } })
  const status = async (key: string, body: string | Buffer, headers: Record<string, string>) =>
    (await post(key, { headers, body })).status

  test('is what came, not what is in it', async () => {
    const { ref, key } = await openWebhook()
    await configure(ref, github())
    const packed = gzipSync('{"n": 1}')
    const gzip = { 'content-encoding': 'gzip' }

    expect(await status(key, packed, { ...signed(packed), ...gzip })).toBe(200)
    expect(await status(key, packed, { ...signed('{"n": 1}'), ...gzip })).toBe(401)
    expect(await status(key, gzipSync(Buffer.alloc(50_000_000)), { ...signed('x'), ...gzip })).toBe(401)
  })

  test('comes before what is in it: a stranger is not told what is wrong with the body', async () => {
    const { ref, key } = await openWebhook()
    await configure(ref, github())

    expect(await status(key, '{"n": ', signed('other'))).toBe(401)
    expect(await status(key, '{"n": ', signed('{"n": '))).toBe(400)
  })

  test('may be so with either of two secrets, until the old one is dropped', async () => {
    const { ref, key } = await openWebhook()
    await configure(ref, github({ secret: 'old' }))
    const body = '{}'
    const by = (one: string) => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', one).update(body).digest('hex')}`,
    })
    const good = async () => Promise.all(['old', 'new', 'third'].map((one) => status(key, body, by(one))))

    const rotating = await configure(ref, github({ secret: 'new', keep_previous_secret: true }))
    expect(await good()).toEqual([200, 200, 401])
    const kept = await configure(ref, { hmac: { enabled: true, preset: 'github' } })
    expect(await good()).toEqual([200, 200, 401])
    const dropped = await configure(ref, {
      hmac: { enabled: true, preset: 'github', keep_previous_secret: false },
    })
    expect(await good()).toEqual([401, 200, 401])

    expect([rotating, kept, dropped].map(({ body: { data } }) => data)).toMatchObject([
      {
        hmac: {
          preset: 'github',
          header: 'x-hub-signature-256',
          has_secret: true,
          has_previous_secret: true,
        },
      },
      { hmac: { has_previous_secret: true } },
      { hmac: { has_secret: true } },
    ])
    expect(dropped.body['data']).not.toHaveProperty('hmac.has_previous_secret')
  })
})

test.each<[JsonObject, Record<string, string>]>([
  [{ enabled: true, scheme: 'token', header: 'X-Door', secret: 'hush' }, { 'x-door': 'hush' }],
  [
    { enabled: true, scheme: 'token', header: 'X-Door', prefix: 'key ', secret: 'hush' },
    { 'x-door': 'key hush' },
  ],
  [{ enabled: true, preset: 'gitlab', secret: 'hush' }, { 'x-gitlab-token': 'hush' }],
])('a token is kept nowhere, whatever its header is called: %j', async (hmac, headers) => {
  const { ref, key } = await openWebhook()
  await api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, { token, body: { hmac } })

  const { status, event_id } = await post(key, { headers: { ...json, ...headers }, body: '{}' })
  await post(key, { headers: { ...json, ...headers, 'x-more': '1' }, body: '{' })

  expect(status).toBe(200)
  const rows = await api.db.many(sql`
    select e::text as row from event e where id = ${event_id}
    union all select l::text from webhook_event_log l where trigger_ref = ${ref}
    union all select t::text from trigger t where ref = ${ref}`)
  expect(rows).toHaveLength(4)
  expect(JSON.stringify(rows)).not.toContain('hush')
})

describe('deliveries', () => {
  const list = async (ref: string, query = '', as = token) =>
    api.call(`GET /api/v1/triggers/${ref}/webhooks/deliveries${query}`, { token: as })

  test('what is delivered twice is taken once', async () => {
    const { ref, key } = await openWebhook()
    await api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, {
      token,
      body: { delivery_id_header: 'X-GitHub-Delivery' },
    })
    const deliver = (id: string) => post(key, { headers: { ...json, 'x-github-delivery': id }, body: '{}' })

    const first = await deliver('a')
    const again = await deliver('a')
    const next = await deliver('b')
    const long = await Promise.all([deliver('x'.repeat(1000)), deliver('x'.repeat(1000))])
    const { body } = await list(ref)

    expect([again.status, again.event_id]).toEqual([200, first.event_id])
    expect(next.event_id).not.toBe(first.event_id)
    expect(long[0].event_id).toBe(long[1].event_id)
    expect(body['data']).toMatchObject([
      {},
      {},
      { event_id: next.event_id, duplicate: false },
      { event_id: first.event_id, duplicate: true },
      { event_id: first.event_id, duplicate: false },
    ])
  })

  test('are listed with status and reason, and without any credential', async () => {
    const { ref, key } = await openWebhook()
    await post(key, {
      headers: { ...json, authorization: 'hush', 'x-kind': 'ping' },
      query: 'token=hush',
      body: '{}',
    })
    await post(key, { headers: json, body: '{"a": }' })
    await post(key, { headers: { 'content-type': 'image/png' }, body: Buffer.from([0x89, 0x50]) })

    const all = await list(ref)
    const refused = await list(ref, '?refused=true&per_page=1')
    const taken = await list(ref, '?status_code=200')

    expect(all.body['data']).toMatchObject([
      { status_code: 415, error_message: expect.stringContaining('image/png'), event_id: null },
      { status_code: 400, error_message: expect.stringContaining('position 6 (line 1, column 7)') },
      { status_code: 200, error_message: null, headers: { 'x-kind': 'ping' }, payload_size_bytes: 2 },
    ])
    expect(refused.body).toMatchObject({ data: [{ status_code: 415 }], pagination: { total_items: 2 } })
    expect(taken.body).toMatchObject({ data: [{ status_code: 200 }], pagination: { total_items: 1 } })
    expect(JSON.stringify(all.body)).not.toMatch(new RegExp(`hush|${key}`))
  })

  test('are for those who may change the trigger', async () => {
    const { ref } = await openWebhook()

    expect((await list(ref, '', await api.token('triggers:read'))).status).toBe(403)
    expect((await list('demo.missing')).status).toBe(404)
  })

  test('too many are told when to come again', async () => {
    const { ref, key } = await openWebhook()
    await api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, {
      token,
      body: { rate_limit: { enabled: true, requests: 1, window_seconds: 3600 } },
    })

    await post(key, { headers: json, body: '{}' })
    const second = await post(key, { headers: json, body: '{}' })

    expect(second.status).toBe(429)
    expect(second.retry_after).toBeGreaterThan(3500)
    expect(second.retry_after).toBeLessThanOrEqual(3600)
  })
})

test('a flood of headers does not get in', async () => {
  const { key } = await openWebhook()
  const headers = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`x-${n}`, 'y'.repeat(2000)]))

  expect((await post(key, { headers: { ...headers, ...json }, body: '{}' })).status).toBe(413)
})

test('the trigger says what an envelope is', async () => {
  const { ref, key } = await openWebhook()
  const payloads = async (envelope: string) => {
    await api.call(`PUT /api/v1/triggers/${ref}/webhooks/config`, { token, body: { envelope } })
    const sent = [{ payload: 1 }, { payload: 2, more: true }].map(async (body) => {
      const { event_id } = await post(key, { headers: json, body: text(body) })
      return api.db.one<{ payload: Json }>(sql`select payload from event where id = ${event_id}`)
    })
    return (await Promise.all(sent)).map(({ payload }) => payload)
  }

  expect(await payloads('auto')).toEqual([1, { payload: 2, more: true }])
  expect(await payloads('always')).toEqual([1, 2])
  expect(await payloads('never')).toEqual([{ payload: 1 }, { payload: 2, more: true }])
})

async function openWebhook(): Promise<{ ref: string; pack_ref: string; key: string }> {
  const { ref, pack_ref } = await given.trigger(api.db)
  const { body } = await api.call(`POST /api/v1/triggers/${ref}/webhooks/enable`, { token })
  const { webhook_key: key } = dataIn(body)
  if (typeof key !== 'string') throw new Error(`No key: ${JSON.stringify(body)}`)
  return { ref, pack_ref, key }
}

type Delivery = { headers?: Record<string, string>; query?: string | undefined; body: string | Buffer }

async function post(key: string, { headers = {}, query, body }: Delivery) {
  const response = await api.server.inject({
    method: 'POST',
    url: `/api/v1/webhooks/${key}${query === undefined ? '' : `?${query}`}`,
    headers,
    payload: body,
  })
  const data = dataIn(response.json())
  return {
    status: response.statusCode,
    event_id: Number(data['event_id']),
    retry_after: Number(response.headers['retry-after']),
  }
}

function dataIn(body: JsonObject): JsonObject {
  const { data } = body
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {}
}
