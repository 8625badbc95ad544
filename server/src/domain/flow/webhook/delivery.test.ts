import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../json.ts'
import { harmless, unwrap } from './delivery.ts'

const json = (value: Json) => ({ kind: 'json', value }) as const

describe('an envelope', () => {
  test.each<[JsonObject, Json, JsonObject]>([
    [{ payload: { n: 1 } }, { n: 1 }, {}],
    [{ payload: null }, null, {}],
    [{ payload: [1], headers: { 'x-a': '1' } }, [1], { 'x-a': '1' }],
    [{ payload: 1, headers: null }, 1, {}],
    [{ payload: 1, source_ip: '10.0.0.1', user_agent: 'x' }, 1, {}],
  ])('is what holds nothing else: %j', (body, payload, headers) => {
    expect(unwrap(json(body), 'auto')).toEqual({ payload, headers })
  })

  test.each<[Json]>([
    [{ event: 'meeting.started', payload: { id: 7 } }],
    [{ type: 'x', payload: 1 }],
    [{ payload: 1, id: null }],
    [{ payload: 1, headers: 'x-a: 1' }],
    [{ payload: 1, headers: [1] }],
    [{ payload: 1, source_ip: { v4: '10.0.0.1' } }],
    [{ payload: 1, Payload: 2 }],
    [{ headers: { a: 1 } }],
    [{}],
    [[{ payload: 1 }]],
    ['payload'],
    [null],
  ])('is not what holds more, or less: %j', (body) => {
    expect(unwrap(json(body), 'auto')).toEqual({ payload: body, headers: {} })
  })

  test('is what the trigger says', () => {
    const zoom = { event: 'e', payload: { id: 7 } }

    expect(unwrap(json(zoom), 'always').payload).toEqual({ id: 7 })
    expect(unwrap(json({ event: 'e' }), 'always').payload).toEqual({ event: 'e' })
    expect(unwrap(json({ payload: 1 }), 'never').payload).toEqual({ payload: 1 })
  })

  test('is none in a form', () => {
    expect(unwrap({ kind: 'form', value: { payload: 'x' } }, 'auto').payload).toEqual({ payload: 'x' })
  })
})

describe('of headers and parameters', () => {
  test.each([
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'x-hub-signature-256',
    'x-shopify-hmac-sha256',
    'x-gitlab-token',
    'x-api-key',
    'apikey',
    'X-Functions-Key',
    'ocp-apim-subscription-key',
    'access_key',
    'client_secret',
    'password',
    'passwd',
    'code',
    'key',
    'sig',
    'auth',
    'jwt',
  ])('%s is cut', (name) => {
    expect(harmless({ [name]: 'value' }, 'wh_1')).toEqual({})
  })

  test.each([
    'x-github-event',
    'x-github-delivery',
    'x-event-key',
    'idempotency-key',
    'sentry-hook-resource',
    'ce-type',
    'content-type',
    'webhook-id',
    'author',
    'keyword',
    'passenger',
    'signal',
  ])('%s is kept', (name) => {
    expect(harmless({ [name]: ['value'] }, 'wh_1')).toEqual({ [name]: ['value'] })
  })

  test('what holds the key of the webhook is cut, in its name too', () => {
    expect(harmless({ via: 'https://a/wh_1', wh_1: 'x', to: ['wh_1'] }, 'wh_1')).toEqual({})
  })
})
