import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../json.ts'
import { type PresetName, presetNames } from './presets.ts'
import { checkSignature, type SignatureVerdict } from './signature.ts'
import { readScheme } from './signing.ts'

type Headers = Record<string, string>

const NOW = '2030-01-01T00:00:00.000Z'
const SECONDS = Date.parse(NOW) / 1000

const BODY = Buffer.from('{"n": 1.0, "name": "Zo\u00eb"}')
const SECRET = 'sesame'
/** 24 bytes of its own. */
const RAW_KEY = Buffer.from('an open secret of bytes.')
const STANDARD_SECRET = `whsec_${RAW_KEY.toString('base64')}`

function check(
  settings: JsonObject,
  headers: Headers,
  more: { body?: Buffer; secrets?: string[] } = {},
): SignatureVerdict {
  const reading = readScheme(settings, undefined)
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems))
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return checkSignature(reading.scheme, more.secrets ?? [SECRET], {
    body: more.body ?? BODY,
    received_at: NOW,
    header: (name) => lower.get(name),
  })
}

const mac = (algorithm: string, key: string | Buffer, ...content: (string | Buffer)[]) => {
  const hmac = createHmac(algorithm, key)
  for (const part of content) hmac.update(part)
  return hmac.digest()
}

/** What each sender sends, made as its public documentation says, and not from the preset. */
type Vector = { secret: string; sign(body: Buffer, secret: string, at: number): Headers }
const vectors: Record<PresetName, Vector> = {
  github: {
    secret: SECRET,
    sign: (body, secret) => ({
      'X-Hub-Signature-256': `sha256=${mac('sha256', secret, body).toString('hex')}`,
    }),
  },
  gitlab: { secret: SECRET, sign: (_, secret) => ({ 'X-Gitlab-Token': secret }) },
  stripe: {
    secret: 'whsec_test',
    sign: (body, secret, at) => ({
      'Stripe-Signature': `t=${at},v1=${mac('sha256', secret, `${at}.`, body).toString('hex')},v0=${'0'.repeat(64)}`,
    }),
  },
  slack: {
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    sign: (body, secret, at) => ({
      'X-Slack-Request-Timestamp': String(at),
      'X-Slack-Signature': `v0=${mac('sha256', secret, `v0:${at}:`, body).toString('hex')}`,
    }),
  },
  shopify: {
    secret: SECRET,
    sign: (body, secret) => ({ 'X-Shopify-Hmac-SHA256': mac('sha256', secret, body).toString('base64') }),
  },
  pagerduty: {
    secret: SECRET,
    sign: (body, secret) => ({
      'X-PagerDuty-Signature': `v1=${'0'.repeat(64)},v1=${mac('sha256', secret, body).toString('hex')}`,
    }),
  },
  sentry: {
    secret: SECRET,
    sign: (body, secret) => ({ 'Sentry-Hook-Signature': mac('sha256', secret, body).toString('hex') }),
  },
  standard_webhooks: {
    secret: STANDARD_SECRET,
    sign: (body, _, at) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(at),
      'webhook-signature': `v1a,none v1,${mac('sha256', RAW_KEY, `msg_1.${at}.`, body).toString('base64')}`,
    }),
  },
}

const timed: PresetName[] = ['stripe', 'slack', 'standard_webhooks']
const signing = presetNames.filter((name) => name !== 'gitlab')

describe('vectors that others publish', () => {
  test('GitHub', () => {
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    }
    const call = { body: Buffer.from('Hello, World!'), secrets: ["It's a Secret to Everybody"] }

    expect(check({ preset: 'github' }, headers, call)).toBe('right')
  })

  test('Slack, long after', () => {
    const body = Buffer.from(
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    )
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    }
    const call = { body, secrets: ['8f742231b10e8888abcd99yyyzzz85a5'] }

    expect(check({ preset: 'slack' }, headers, call)).toBe('out of time')
    expect(
      checkSignature(schemeOf({ preset: 'slack' }), call.secrets, {
        body,
        received_at: '2018-07-12T18:37:00Z',
        header: (name) => Reflect.get(headers, name),
      }),
    ).toBe('right')
  })

  test('Standard Webhooks', () => {
    const headers = new Map([
      ['webhook-id', 'msg_p5jXN8AQM9LWM0D4loKWxJek'],
      ['webhook-timestamp', '1614265330'],
      ['webhook-signature', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    ])

    expect(
      checkSignature(schemeOf({ preset: 'standard_webhooks' }), ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
        body: Buffer.from('{"test": 2432232314}'),
        received_at: '2021-02-25T15:02:11Z',
        header: (name) => headers.get(name),
      }),
    ).toBe('right')
  })
})

describe.each(presetNames)('%s', (preset) => {
  const { secret, sign } = vectors[preset]
  const sent = sign(BODY, secret, SECONDS)
  const verdict = (headers: Headers, more: { body?: Buffer; secrets?: string[] } = {}) =>
    check({ preset }, headers, { secrets: [secret], ...more })

  test('what its sender sends is right, with either secret while one is replaced', () => {
    expect(verdict(sent)).toBe('right')
    expect(verdict(sent, { secrets: ['bmV3IHNlY3JldA==', secret] })).toBe('right')
  })

  test('another secret, none, and a header of another sender are not', () => {
    expect(verdict(sent, { secrets: ['b3RoZXIgc2VjcmV0'] })).toBe('wrong')
    expect(verdict({})).toBe('missing')
    expect(verdict({ 'x-webhook-signature': mac('sha256', secret, BODY).toString('hex') })).toBe('missing')
    expect(verdict(Object.fromEntries(Object.keys(sent).map((name) => [name, ''])))).not.toBe('right')
  })

  test.each(presetNames.filter((other) => other !== preset))('what %s sends is not', (other) => {
    expect(verdict(vectors[other].sign(BODY, secret, SECONDS))).not.toBe('right')
  })
})

describe.each(signing)('%s signs the very bytes', (preset) => {
  const { secret, sign } = vectors[preset]

  test.each([
    ['another space', Buffer.from('{"n":1.0,"name":"Zo\u00eb"}')],
    ['another charset', Buffer.from('{"n": 1.0, "name": "Zo\u00eb"}', 'latin1')],
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), BODY])],
    ['nothing', Buffer.alloc(0)],
  ])('%s is another body', (_, body) => {
    expect(check({ preset }, sign(BODY, secret, SECONDS), { body, secrets: [secret] })).toBe('wrong')
    expect(check({ preset }, sign(body, secret, SECONDS), { body, secrets: [secret] })).toBe('right')
  })
})

describe.each(timed)('%s signs a time', (preset) => {
  const { secret, sign } = vectors[preset]
  const at = (seconds: number, more: JsonObject = {}) =>
    check({ preset, ...more }, sign(BODY, secret, seconds), { secrets: [secret] })

  test.each<[number, SignatureVerdict]>([
    [-299, 'right'],
    [299, 'right'],
    [-301, 'out of time'],
    [301, 'out of time'],
    [-86_400, 'out of time'],
  ])('%i seconds off is %s', (off, expected) => {
    expect(at(SECONDS + off)).toBe(expected)
  })

  test('which may be off by as much as is configured', () => {
    expect(at(SECONDS - 20, { tolerance_seconds: 10 })).toBe('out of time')
    expect(at(SECONDS - 3000, { tolerance_seconds: 3600 })).toBe('right')
  })

  test.each([Number.NaN, -1, 1e20])('%d is no time', (seconds) => {
    expect(at(seconds)).not.toBe('right')
  })

  test('which cannot be another than is signed', () => {
    const old = sign(BODY, secret, SECONDS - 3600)
    const anew = Object.fromEntries(
      Object.entries(old).map(([name, value]) => [
        name,
        value.replaceAll(String(SECONDS - 3600), String(SECONDS)),
      ]),
    )
    const both = Object.fromEntries(
      Object.entries(old).map(([name, value]) => [name, value.replace(/t=/, `t=${SECONDS},t=`)]),
    )

    expect(check({ preset }, anew, { secrets: [secret] })).toBe('wrong')
    expect(check({ preset }, both, { secrets: [secret] })).not.toBe('right')
  })
})

describe('what is configured by hand', () => {
  const hex = (algorithm: string, ...content: (string | Buffer)[]) =>
    mac(algorithm, SECRET, ...content).toString('hex')

  test.each<[string, JsonObject, Headers]>([
    ['ours', { algorithm: 'sha256' }, { 'x-webhook-signature': hex('sha256', BODY) }],
    ['ours, named', { algorithm: 'sha512' }, { 'x-webhook-signature': `sha512=${hex('sha512', BODY)}` }],
    [
      'sha1 of Bitbucket in its old days',
      { algorithm: 'sha1', header: 'X-Hub-Signature', prefix: 'sha1=' },
      { 'x-hub-signature': `sha1=${hex('sha1', BODY)}` },
    ],
    [
      'base64 of sha512',
      { algorithm: 'sha512', header: 'x-sig', encoding: 'base64' },
      { 'x-sig': mac('sha512', SECRET, BODY).toString('base64') },
    ],
    [
      'Twitch',
      {
        algorithm: 'sha256',
        header: 'Twitch-Eventsub-Message-Signature',
        prefix: 'sha256=',
        id_header: 'Twitch-Eventsub-Message-Id',
        timestamp_header: 'Twitch-Eventsub-Message-Timestamp',
        signed_content: '{id}{timestamp}{body}',
      },
      {
        'twitch-eventsub-message-id': 'e1',
        'twitch-eventsub-message-timestamp': NOW,
        'twitch-eventsub-message-signature': `sha256=${hex('sha256', 'e1', NOW, BODY)}`,
      },
    ],
    [
      'Zoom',
      {
        algorithm: 'sha256',
        header: 'x-zm-signature',
        prefix: 'v0=',
        timestamp_header: 'x-zm-request-timestamp',
        signed_content: 'v0:{timestamp}:{body}',
      },
      {
        'x-zm-request-timestamp': String(SECONDS),
        'x-zm-signature': `v0=${hex('sha256', `v0:${SECONDS}:`, BODY)}`,
      },
    ],
    [
      'milliseconds',
      { algorithm: 'sha256', header: 's', timestamp_header: 't', signed_content: '{timestamp}.{body}' },
      { t: String(SECONDS * 1000), s: hex('sha256', `${SECONDS * 1000}.`, BODY) },
    ],
    ['a token', { scheme: 'token', header: 'X-Goog-Channel-Token' }, { 'x-goog-channel-token': SECRET }],
    [
      'a token that bears',
      { scheme: 'token', header: 'Authorization', prefix: 'Bearer ' },
      { authorization: `Bearer ${SECRET}` },
    ],
    [
      'a preset with another header',
      { preset: 'sentry', header: 'X-Sentry' },
      { 'x-sentry': hex('sha256', BODY) },
    ],
  ])('%s', (_, settings, headers) => {
    expect(check(settings, headers)).toBe('right')
    expect(check(settings, headers, { secrets: ['other'] })).toBe('wrong')
    const cut = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.slice(0, -1)]))
    expect(check(settings, cut)).not.toBe('right')
  })

  test.each<[JsonObject, string]>([
    [{}, 'hmac.algorithm'],
    [{ algorithm: 'md5' }, 'hmac.algorithm'],
    [{ scheme: 'token' }, 'hmac.header'],
    [{ algorithm: 'sha256', signed_content: '{timestamp}.{body}' }, 'hmac.timestamp_header'],
    [{ algorithm: 'sha256', signed_content: '{id}.{body}' }, 'hmac.id_header'],
    [{ algorithm: 'sha256', signed_content: 'text' }, 'hmac.signed_content'],
    [{ algorithm: 'sha256', signed_content: '{body}{body}' }, 'hmac.signed_content'],
    [{ algorithm: 'sha256', timestamp_header: 't' }, 'hmac.signed_content'],
    [
      {
        algorithm: 'sha256',
        timestamp_header: 't',
        timestamp_prefix: 't=',
        signed_content: '{timestamp}{body}',
      },
      'hmac.timestamp_prefix',
    ],
    [{ algorithm: 'sha256', tolerance_seconds: 10 }, 'hmac.tolerance_seconds'],
    [{ preset: 'slack', signed_content: '{body}' }, 'hmac.signed_content'],
  ])('%j cannot be fulfilled', (settings, field) => {
    expect(readScheme(settings, undefined)).toMatchObject({ problems: [{ field }] })
  })

  test('a secret that is to be base64 is', () => {
    expect(readScheme({ preset: 'standard_webhooks' }, 'not base64!')).toMatchObject({
      problems: [{ field: 'hmac.secret' }],
    })
    expect(readScheme({ preset: 'standard_webhooks' }, STANDARD_SECRET)).toHaveProperty('scheme')
  })

  test.each(['s', '!!!', 'whsec_', ''])(
    '%j, kept from before base64 was demanded, opens to nobody',
    (kept) => {
      const key = Buffer.from(kept.replace(/^whsec_/, ''), 'base64')
      const sent = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(SECONDS),
        'webhook-signature': `v1,${mac('sha256', key, `msg_1.${SECONDS}.`, BODY).toString('base64')}`,
      }

      expect(key).toHaveLength(0)
      expect(check({ preset: 'standard_webhooks' }, sent, { secrets: [kept] })).toBe('wrong')
    },
  )

  test('of a flood of signatures some are looked at', () => {
    const flood = `${`v1=${'0'.repeat(64)},`.repeat(50)}v1=${hex('sha256', BODY)}`

    expect(check({ preset: 'pagerduty' }, { 'x-pagerduty-signature': flood })).toBe('wrong')
  })
})

function schemeOf(settings: JsonObject) {
  const reading = readScheme(settings, undefined)
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems))
  return reading.scheme
}
