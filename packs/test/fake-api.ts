import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

type PostedEvent = {
  trigger_ref: string
  trigger_instance_id: string
  dedupe_key: string
  schedule: { at: string; missed: number; earlier_open: boolean }
  payload: {
    type: string
    interval_seconds: number
    fired_at: string
    execution_count: number
    sensor_ref: string
  }
}
export type Received = { at: number; token: string; status: number; event: PostedEvent }
export type ListedRule = { id: number; ref: string; enabled: boolean; trigger_params: unknown }

/** The part of the API that a sensor talks to. Fields are set by the test, `received` is what arrived. */
export type FakeApi = {
  url: string
  rules: ListedRule[]
  received: Received[]
  /** Which status the next event gets. */
  answer: (received: Omit<Received, 'status'>) => number
  /** What an answer to an event says of when to come again. */
  retryAfter: string | undefined
  listStatus: number
  healthStatus: number
  pagesAsked: number[]
  close(): Promise<void>
}

export async function startFakeApi(): Promise<FakeApi> {
  const server = createServer((request, response) => {
    void handle(api, request).then(({ status, body }) => {
      const later = status >= 400 && api.retryAfter !== undefined ? { 'retry-after': api.retryAfter } : {}
      response.writeHead(status, { 'content-type': 'application/json', ...later }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const api: FakeApi = {
    url: `http://127.0.0.1:${port}`,
    rules: [],
    received: [],
    answer: () => 201,
    retryAfter: undefined,
    listStatus: 200,
    healthStatus: 200,
    pagesAsked: [],
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return api
}

type Answer = { status: number; body: unknown }

async function handle(api: FakeApi, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', api.url)
  const at = Date.now()
  const body = await text(request)
  if (url.pathname === '/health') return { status: api.healthStatus, body: { status: 'ok' } }
  if (url.pathname === '/api/v1/triggers/core.intervaltimer/rules') return listRules(api, url.searchParams)
  if (url.pathname !== '/api/v1/events') return { status: 404, body: {} }

  const received = {
    at,
    token: (request.headers.authorization ?? '').replace('Bearer ', ''),
    event: JSON.parse(body),
  }
  const status = api.answer(received)
  api.received.push({ ...received, status })
  return { status, body: { data: { id: api.received.length } } }
}

function listRules(api: FakeApi, query: URLSearchParams): Answer {
  if (api.listStatus !== 200) return { status: api.listStatus, body: { error: 'not now' } }
  const page = Number(query.get('page'))
  const size = Number(query.get('per_page'))
  api.pagesAsked.push(page)
  const data = api.rules.slice((page - 1) * size, page * size)
  return { status: 200, body: { data, pagination: { page, has_next: page * size < api.rules.length } } }
}
