import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

/** The routes, by their path as the server knows it, that take JSON under any Content-Type, and that want its bytes. */
export type BodyReading = { lenient: ReadonlySet<string>; kept: ReadonlySet<string> }

/**
 * Reads bodies as JSON: under any Content-Type where a route asks for that, elsewhere an unknown one is refused.
 * Answers where the bytes of a body are, of routes that want them.
 */
export function readBodies(
  server: FastifyInstance,
  { lenient, kept }: BodyReading,
): (request: FastifyRequest) => Buffer {
  const bytes = new WeakMap<FastifyRequest, Buffer>()
  const parseJson = server.getDefaultJsonParser('error', 'error')
  const parse = (
    request: FastifyRequest,
    body: Buffer,
    done: (error: Error | null, body?: unknown) => void,
  ) => {
    if (kept.has(request.routeOptions.url ?? '')) bytes.set(request, body)
    return parseJson(request, body.toString('utf8'), done)
  }
  server.removeContentTypeParser(['application/json', 'text/plain'])
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, parse)
  server.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (lenient.has(request.routeOptions.url ?? '')) return parse(request, body, done)
    done(new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'))
  })
  return (request) => bytes.get(request) ?? NO_BYTES
}

const NO_BYTES = Buffer.alloc(0)
