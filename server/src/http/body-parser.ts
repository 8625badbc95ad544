import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import { Problem } from '../problem.ts'
import type { BodyAllowance } from './body-memory.ts'
import { excessOf } from './json-shape.ts'
import { readBody } from './read-body.ts'

export type BodyReading = {
  /** The routes, by their path as the server knows it, that take JSON under any Content-Type, and that want its bytes. */
  lenient: ReadonlySet<string>
  kept: ReadonlySet<string>
  /** The memory that the body of a request may take. */
  allowanceFor(request: FastifyRequest): BodyAllowance
}

/**
 * Reads bodies as JSON: under any Content-Type where a route asks for that, elsewhere an unknown one is refused. No
 * body is read beyond what its route takes, none is parsed that would take long. Answers how long a body was, and where
 * the bytes are, of routes that want them.
 */
export function readBodies(
  server: FastifyInstance,
  { lenient, kept, allowanceFor }: BodyReading,
): (request: FastifyRequest) => RawBody {
  const bodies = new WeakMap<FastifyRequest, RawBody>()
  const nextLarge = oneInEachRound()
  const parseJson = server.getDefaultJsonParser('error', 'error')
  async function read(request: FastifyRequest, payload: Readable): Promise<unknown> {
    if (request.is404) return undefined
    requirePlain(request)
    const body = await readBody(payload, {
      max_bytes: request.routeOptions.bodyLimit ?? 0,
      promised: Number(request.headers['content-length'] ?? 0),
      allowance: allowanceFor(request),
    })
    const keeps = kept.has(request.routeOptions.url ?? '')
    bodies.set(request, { bytes: keeps ? body : NO_BYTES, length: body.length })
    const excess = excessOf(body)
    if (excess !== undefined)
      throw new Problem('PAYLOAD_TOO_LARGE', `The body ${excess}.`, [{ field: 'body', message: excess }])
    if (body.length > LARGE_BYTES) await nextLarge()
    return new Promise((resolve, reject) => {
      void parseJson(request, body.toString('utf8'), (error, value) =>
        error === null ? resolve(value) : reject(error),
      )
    })
  }
  server.removeContentTypeParser(['application/json', 'text/plain'])
  server.addContentTypeParser('application/json', read)
  server.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    if (request.is404 || lenient.has(request.routeOptions.url ?? '')) return read(request, payload)
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.')
  })
  return (request) => bodies.get(request) ?? { bytes: NO_BYTES, length: 0 }
}

/** Those of a smaller size take no time that anybody notices. */
const LARGE_BYTES = 64 * 1024

/** Many large bodies that arrive at once are parsed one in each round of the event loop: others come in between. */
function oneInEachRound(): () => Promise<void> {
  let last = Promise.resolve()
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return last
  }
}

type RawBody = { bytes: Buffer; length: number }

/** What is packed small may be endless. */
function requirePlain({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity')
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', `Send the body as it is, not as ${encoding}.`)
}

const NO_BYTES = Buffer.alloc(0)
