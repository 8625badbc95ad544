import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Lines travel in pieces of about this size: one at a time would cost a system call each. */
const PIECE_CHARACTERS = 64 * 1024

/** What a route of lines answers. */
export class LineStream {
  readonly documents: AsyncIterable<object>

  constructor(documents: AsyncIterable<object>) {
    this.documents = documents
  }
}

export type LineStreams = {
  send(request: FastifyRequest, reply: FastifyReply, stream: LineStream): FastifyReply
}

/** The open answers of lines of a server. They break when it closes, which would otherwise wait for them. */
export function lineStreams(server: FastifyInstance): LineStreams {
  const open = new Set<Readable>()
  server.addHook('preClose', async () => {
    for (const body of open) body.destroy()
  })
  return {
    send(request, reply, { documents }) {
      reply.headers({ 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' })
      if (request.method === 'HEAD') return reply.send('')
      const body = Readable.from(pieces(documents), { objectMode: false })
      open.add(body)
      body.once('close', () => open.delete(body))
      return reply.send(body)
    },
  }
}

async function* pieces(documents: AsyncIterable<object>): AsyncGenerator<string> {
  let piece = ''
  for await (const document of documents) {
    piece += `${JSON.stringify(document)}\n`
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}
