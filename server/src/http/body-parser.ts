import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import type { Json } from '../json.ts'
import { Problem } from '../problem.ts'
import { type BodyContent, contentOf } from './body-content.ts'
import type { BodyAllowance } from './body-memory.ts'
import { type JsonFault, jsonFault } from './json-fault.ts'
import { requireExactNumbers, withExactNumbers } from '../text/exact-json.ts'
import { excessOf } from './json-shape.ts'
import { readBody } from './read-body.ts'

export type BodyReading = {
  /** The routes, by their path as the server knows it, that read the bytes of their body themselves. */
  undecoded: ReadonlySet<string>
  /** The memory that the body of a request may take. */
  allowanceFor(request: FastifyRequest): BodyAllowance
}

/** What became of the body of a request. */
export type RequestBodies = {
  /** How long it was, and where the bytes are, of routes that want them. */
  bytesOf(request: FastifyRequest): RawBody
  /** What those bytes say. */
  contentOf(request: FastifyRequest): Promise<BodyContent>
  /** Adds a route that reads its body itself, whatever comes. */
  addUndecoded(add: (server: FastifyInstance) => void): void
}

/**
 * Reads bodies as JSON, which they have to be declared as; of routes that ask for it only the bytes. No body is read
 * beyond what its route takes, none is parsed that would take long.
 */
export function readBodies(server: FastifyInstance, { undecoded, allowanceFor }: BodyReading): RequestBodies {
  const bodies = new WeakMap<FastifyRequest, RawBody>()
  const nextLarge = oneInEachRound()
  const parse = jsonParserOf(server)
  const bytesOf = (request: FastifyRequest) => bodies.get(request) ?? { bytes: NO_BYTES, length: 0 }

  async function readBytes(request: FastifyRequest, payload: Readable): Promise<Buffer> {
    const body = await readBody(payload, {
      max_bytes: request.routeOptions.bodyLimit ?? 0,
      promised: Number(request.headers['content-length'] ?? 0),
      allowance: allowanceFor(request),
    })
    const keeps = undecoded.has(request.routeOptions.url ?? '')
    bodies.set(request, { bytes: keeps ? body : NO_BYTES, length: body.length })
    return body
  }

  async function read(request: FastifyRequest, payload: Readable): Promise<unknown> {
    if (request.is404) return undefined
    requirePlain(request)
    const body = await readBytes(request, payload)
    const excess = excessOf(body)
    if (excess !== undefined)
      throw new Problem('PAYLOAD_TOO_LARGE', `The body ${excess}.`, [{ field: 'body', message: excess }])
    if (body.length > LARGE_BYTES) await nextLarge()
    const text = body.toString('utf8')
    const value = parse(request, text)
    requireExactNumbers(text)
    return value
  }

  server.removeContentTypeParser(['application/json', 'text/plain'])
  server.addContentTypeParser('application/json', read)
  server.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    if (request.is404) return read(request, payload)
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.')
  })
  return {
    bytesOf,
    async contentOf(request) {
      const { bytes } = bytesOf(request)
      if (bytes.length > LARGE_BYTES || request.headers['content-encoding'] !== undefined) await nextLarge()
      return contentOf(receivedOf(request, bytes), {
        max_bytes: request.routeOptions.bodyLimit ?? 0,
        allowance: allowanceFor(request),
        // Nobody can tell the sender of a webhook to write its numbers as text.
        parseJson: (text) => withExactNumbers(text, parse(request, text)),
      })
    },
    addUndecoded: undecodedIn(server, readBytes),
  }
}

/** Routes that take any type are in a context of their own, in which no type has a parser. */
function undecodedIn(
  server: FastifyInstance,
  readBytes: (request: FastifyRequest, payload: Readable) => Promise<Buffer>,
): RequestBodies['addUndecoded'] {
  return (add) => {
    void server.register(async (inner) => {
      inner.removeAllContentTypeParsers()
      inner.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
        await readBytes(request, payload)
      })
      add(inner)
    })
  }
}

const receivedOf = ({ headers }: FastifyRequest, bytes: Buffer) => ({
  bytes,
  content_type: headers['content-type'],
  content_encoding: headers['content-encoding'],
})

/** Reads JSON, or says where it is none. What it says is checked by whoever takes it. */
function jsonParserOf(server: FastifyInstance): (request: FastifyRequest, text: string) => Json {
  const parser = server.getDefaultJsonParser('error', 'error')
  return (request, text) => {
    let read: { value: Json } | undefined
    let failure: Error | null = null
    void parser(request, text, (error, value: Json) => {
      if (error === null) read = { value }
      else failure = error
    })
    if (read !== undefined) return read.value
    if (text === '') throw failure ?? new Error('An empty text was parsed.')
    throw notJson(jsonFault(text))
  }
}

function notJson(fault: JsonFault | undefined): Problem {
  const message =
    fault === undefined
      ? 'has a field __proto__ or constructor.prototype, which is refused'
      : `is not JSON: ${fault.found} at position ${fault.position} (line ${fault.line}, column ${fault.column}) cannot stand there`
  return new Problem('BAD_REQUEST', `The body ${message}.`, [{ field: 'body', message }])
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
