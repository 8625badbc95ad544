import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

export type Route = (request: IncomingMessage, response: ServerResponse) => void

/** A server on a free port for one test: `{'GET /api/v1/rules': route}`; the rest is 404. Answers its address. */
export async function serve(routes: Record<string, Route>): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://api')
    const route =
      routes[`${request.method} ${pathname}`] ?? json(404, { error: 'Nothing.', code: 'NOT_FOUND' })
    route(request, response)
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

export function json(status: number, body: object, headers: Record<string, string> = {}): Route {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}
