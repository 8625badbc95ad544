import { expect, test } from 'vitest'
import { answerOf, dataOf, streamOf } from '../src/answer.ts'
import { type Api, connect } from '../src/api.ts'
import { followEvents } from '../src/event-stream.ts'
import { pagesFrom } from '../src/pages.ts'
import { Refusal } from '../src/refusal.ts'
import { LoggedOut, type TokenPair } from '../src/session.ts'
import { Unreachable } from '../src/unreachable.ts'
import { json, type Route, serve } from './server.ts'

const nothingKept = { kept: async () => undefined, keep: async () => undefined }

function client(url: string, more: Partial<Parameters<typeof connect>[0]> = {}): Api {
  return connect({ url, tokens: { access: 'access-0', refresh: 'refresh-0' }, store: nothingKept, ...more })
}

const unauthorized = json(401, { error: 'Expired.', code: 'UNAUTHORIZED' })
const pair = { access_token: 'access-1', refresh_token: 'refresh-1', token_type: 'Bearer', expires_in: 60 }

/** A profile for whoever has the renewed token. */
const profile: Route = (request, response) => {
  const known = request.headers.authorization === 'Bearer access-1'
  const route = known ? json(200, { data: { id: 7, login: 'ada' } }) : unauthorized
  route(request, response)
}

test('calls that find the token expired at the same time share one renewal, which is kept', async () => {
  let renewals = 0
  const kept: TokenPair[] = []
  const url = await serve({
    'GET /auth/me': profile,
    'POST /auth/refresh': (request, response) => {
      renewals += 1
      json(200, { data: pair })(request, response)
    },
  })
  const store = { kept: async () => undefined, keep: async (tokens: TokenPair) => void kept.push(tokens) }
  const api = client(url, { store })

  const users = await Promise.all([1, 2, 3, 4, 5].map(() => dataOf(api.GET('/auth/me'))))

  expect(users.map(({ login }) => login)).toEqual(['ada', 'ada', 'ada', 'ada', 'ada'])
  expect(renewals).toBe(1)
  expect(kept).toEqual([{ access: 'access-1', refresh: 'refresh-1' }])
})

test('a body is sent again after the renewal', async () => {
  const bodies: string[] = []
  const url = await serve({
    'POST /auth/refresh': json(200, { data: pair }),
    'POST /api/v1/events': (request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        bodies.push(text)
        profile(request, response)
      })
    },
  })

  await dataOf(client(url).POST('/api/v1/events', { body: { trigger_ref: 'demo.x' } }))

  expect(bodies).toEqual(['{"trigger_ref":"demo.x"}', '{"trigger_ref":"demo.x"}'])
})

test('who is refused a renewal is logged out; who never had a session too', async () => {
  const url = await serve({ 'GET /auth/me': unauthorized, 'POST /auth/refresh': unauthorized })

  const nobody = { access: undefined, refresh: undefined }

  await expect(dataOf(client(url).GET('/auth/me'))).rejects.toMatchObject({
    constructor: LoggedOut,
    why: 'ended',
  })
  await expect(dataOf(client(url, { tokens: nobody }).GET('/auth/me'))).rejects.toMatchObject({
    constructor: LoggedOut,
    why: 'no session',
  })
})

test('the session that a login brought is used from there on', async () => {
  const url = await serve({ 'GET /auth/me': profile, 'POST /auth/login': json(200, { data: pair }) })
  const api = client(url, { tokens: { access: undefined, refresh: undefined } })
  const fetch = api.sending({ anonymous: true })

  api.begin(await dataOf(api.POST('/auth/login', { body: { login: 'ada', password: 'x' }, fetch })))

  expect(await dataOf(api.GET('/auth/me'))).toMatchObject({ login: 'ada' })
})

test('a refusal has the code, the message, the fields and when to ask again', async () => {
  const body = {
    error: 'Not valid.',
    code: 'VALIDATION_ERROR',
    details: [{ field: 'label', message: 'is long' }],
  }
  const url = await serve({
    'GET /auth/me': json(422, body, { 'retry-after': '3', 'x-request-id': 'req-1' }),
  })

  const refused = await answerOf(client(url).GET('/auth/me')).catch((error: unknown) => error)

  expect(refused).toBeInstanceOf(Refusal)
  expect(refused).toMatchObject({
    message: 'Not valid.',
    status: 422,
    code: 'VALIDATION_ERROR',
    details: [{ field: 'label', message: 'is long' }],
    retryAfterMs: 3000,
    requestId: 'req-1',
    mayPass: false,
  })
})

test('what is put off is asked for again, unless the first answer counts', async () => {
  const asked: string[] = []
  const later: Route = (request, response) => {
    asked.push(request.url ?? '')
    const again = asked.length > 1
    const route = again
      ? json(200, { data: { id: 7 } })
      : json(429, { error: 'Busy.' }, { 'retry-after': '0' })
    route(request, response)
  }
  const url = await serve({ 'GET /auth/me': later })
  const api = client(url)

  expect(await dataOf(api.GET('/auth/me'))).toEqual({ id: 7 })
  asked.length = 0
  await expect(dataOf(api.GET('/auth/me', { fetch: api.sending({ impatient: true }) }))).rejects.toThrow(
    'Busy.',
  )
})

test('what is not the API, and what is not there, is unreachable', async () => {
  const url = await serve({
    'GET /auth/me': (_, response) => response.end('<html>'),
    'GET /auth/settings': (_, response) => response.destroy(),
  })
  const api = client(url)

  await expect(answerOf(api.GET('/auth/me'))).rejects.toThrow('Is it the API of Attune?')
  await expect(answerOf(api.GET('/auth/settings'))).rejects.toThrow(Unreachable)
})

test('pages are fetched when they are wanted, and no further', async () => {
  const asked: string[] = []
  const url = await serve({
    'GET /api/v1/rules': (request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://api').searchParams.get('page'))
      asked.push(String(page))
      json(200, { data: [{ id: page }], pagination: { page, has_next: page < 3 } })(request, response)
    },
  })
  const api = client(url)
  const pages = () =>
    pagesFrom(1, (page) =>
      answerOf(api.GET('/api/v1/rules', { params: { query: { page, enabled: undefined } } })),
    )

  for await (const { data } of pages()) if (data[0]?.id === 2) break
  expect(asked.splice(0)).toEqual(['1', '2'])

  const ids: number[] = []
  for await (const { data } of pages()) ids.push(...data.map(({ id }) => id))
  expect(ids).toEqual([1, 2, 3])
})

test('a stream that breaks is opened again behind its last event', async () => {
  const offsets: (string | undefined)[] = []
  const url = await serve({
    'GET /api/v1/executions/4/logs/stdout/stream': (request, response) => {
      const offset = request.headers['last-event-id']?.toString()
      offsets.push(offset)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (offset === undefined)
        response.write('id: 3\nevent: content\ndata: one\n\n', () => response.destroy())
      else response.write(': caught up\n\nid: 6\nevent: append\ndata: two\n\nevent: done\ndata:\n\n')
    },
  })
  const api = client(url)
  const open = (last: string | undefined) =>
    streamOf(
      api.GET('/api/v1/executions/{id}/logs/{stream}/stream', {
        params: { path: { id: 4, stream: 'stdout' as const } },
        parseAs: 'stream',
        fetch: api.sending({ stream: true, lastEventId: last }),
      }),
    )
  const texts: string[] = []

  for await (const event of followEvents({ open, pauseMs: 1, mostBreaks: 3 })) {
    if (event.kind === 'event' && event.name === 'done') break
    if (event.kind === 'event') texts.push(event.data)
  }

  expect(texts).toEqual(['one', 'two'])
  expect(offsets).toEqual([undefined, '3'])
})

test('a stream that breaks again and again is given up, and one that is refused at once', async () => {
  const missing = () => Promise.reject(new Refusal(new Response(null, { status: 404 }), undefined))
  const broken = async () =>
    new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new TypeError('terminated')) })
  const drain = async (open: () => Promise<ReadableStream<Uint8Array>>) => {
    for await (const event of followEvents({ open, pauseMs: 1, mostBreaks: 2 })) void event
  }

  await expect(drain(broken)).rejects.toThrow(Unreachable)
  await expect(drain(missing)).rejects.toThrow(Refusal)
})
