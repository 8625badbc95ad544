import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer, json } from 'node:stream/consumers'

/** A request as the server got it. */
export type Received = {
  method: string
  path: string
  query: Record<string, string>
  authorization: string | undefined
  body: unknown
  /** The parts of a form. */
  form: Map<string, Buffer | string>
}

/** An answer: JSON with a status, or whatever `write` does with the response. */
export type Reply =
  | { status?: number; body?: unknown; headers?: Record<string, string> }
  | { write(response: ServerResponse): void }

export type Routes = Record<string, (request: Received) => Reply>

export type Api = { url: string; received: Received[]; close(): Promise<void> }

/** Speaks the wire of the API on a free port: `{'GET /api/v1/rules': () => ({ body })}`; the rest is 404. */
export async function startApi(routes: Routes): Promise<Api> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void read(request).then((seen) => {
      received.push(seen)
      const route = routes[`${seen.method} ${seen.path}`]
      answer(response, route === undefined ? missing(seen.path) : route(seen))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function read(request: IncomingMessage): Promise<Received> {
  const url = new URL(request.url ?? '/', 'http://api')
  const type = request.headers['content-type'] ?? ''
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    authorization: request.headers.authorization,
    body: type === 'application/json' ? await json(request) : undefined,
    form: type.startsWith('multipart/form-data') ? await readForm(request, type) : new Map(),
  }
}

async function readForm(request: IncomingMessage, type: string): Promise<Received['form']> {
  const form = await new Response(await buffer(request), { headers: { 'content-type': type } }).formData()
  const parts = [...form].map(async ([name, value]): Promise<[string, Buffer | string]> => {
    return [name, typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer())]
  })
  return new Map(await Promise.all(parts))
}

function answer(response: ServerResponse, reply: Reply): void {
  if ('write' in reply) return reply.write(response)
  const { status = 200, body, headers } = reply
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers })
  response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
}

function missing(path: string): Reply {
  return { status: 404, body: { error: `Nothing at ${path}.`, code: 'NOT_FOUND' } }
}

/** A list answer of one page, or of page `page` of `pages`. */
export function listOf(rows: unknown[], page = 1, pages = 1): Reply {
  const pagination = {
    page,
    page_size: rows.length,
    total_items: rows.length * pages,
    total_pages: pages,
    has_previous: page > 1,
    has_next: page < pages,
  }
  return { body: { data: rows, pagination } }
}
