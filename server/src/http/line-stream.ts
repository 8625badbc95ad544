import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { StreamReader } from './stream-readers.ts'

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
  /** It breaks for a reader who may not read on. */
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: { stream: LineStream; admit: () => StreamReader },
  ): FastifyReply
}

/** The open answers of lines of a server. They break when it closes, which would otherwise wait for them. */
export function lineStreams(server: FastifyInstance): LineStreams {
  const open = new Set<Readable>()
  server.addHook('preClose', async () => {
    for (const body of open) body.destroy()
  })
  return {
    send(request, reply, { stream, admit }) {
      const reader = request.method === 'HEAD' ? undefined : admit()
      reply.headers({ 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' })
      if (reader === undefined) return reply.send('')
      const body = Readable.from(pieces(stream.documents), { objectMode: false })
      open.add(body)
      body.once('close', () => {
        open.delete(body)
        reader.leave()
      })
      reader.refused.addEventListener('abort', () => body.destroy())
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
