import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { StreamReader } from './stream-readers.ts'

const KEEP_ALIVE_MS = 15_000

/** One server-sent event. Without a name it is a `message`. */
export type ServerEvent = { event?: string; id?: string | number; data: string }

/** Where a handler writes its events. Both verbs wait for a slow reader and do nothing once it is gone. */
export type EventWriter = {
  send(event: ServerEvent): Promise<void>
  comment(text: string): Promise<void>
  /** Aborted when the client has gone, may not read on, or the server stops: the handler then returns. */
  readonly signal: AbortSignal
}

/** Writes events until there are no more, or until the signal says that nobody listens. */
export type Producer = (out: EventWriter) => Promise<void>

/** What a stream route answers. */
export class EventStream {
  readonly produce: Producer

  constructor(produce: Producer) {
    this.produce = produce
  }
}

export type EventStreams = {
  /** Who reads is admitted only for an answer that has a body. The last event of one who may not read on says why. */
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: { stream: EventStream; admit: () => StreamReader },
  ): FastifyReply
}

/** The open streams of a server. They end when the server closes, which would otherwise wait for them. */
export function eventStreams(server: FastifyInstance): EventStreams {
  const open = new Set<AbortController>()
  server.addHook('preClose', async () => {
    for (const stream of open) stream.abort()
  })
  return {
    send(request, reply, { stream, admit }) {
      const reader = request.method === 'HEAD' ? undefined : admit()
      reply.headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        connection: 'close', // kept open for another request, it would hold up a server that closes
        'x-accel-buffering': 'no', // a proxy that collects events would keep them from the reader
      })
      if (reader === undefined) return reply.send('')
      const body = new PassThrough()
      const ended = new AbortController()
      open.add(ended)
      body.once('close', () => {
        ended.abort()
        open.delete(ended)
        reader.leave()
      })
      reader.refused.addEventListener('abort', () => ended.abort())
      void run(stream.produce, writerOn(body, ended.signal))
        .catch((error: unknown) => {
          request.log.error({ err: error, request_id: request.id }, 'event stream broke')
        })
        .finally(() => body.end(lastWord(reader)))
      reply.send(body)
      if (reply.raw.hasHeader('content-type')) reply.raw.flushHeaders() // a client waits for them, not for an event
      return reply
    },
  }
}

function lastWord({ refused }: StreamReader): string {
  return refused.aborted ? wireForm({ event: 'refused', data: String(refused.reason) }) : ''
}

async function run(produce: Producer, out: EventWriter): Promise<void> {
  const keepAlive = setInterval(() => void out.comment('keep-alive'), KEEP_ALIVE_MS)
  try {
    await produce(out)
  } finally {
    clearInterval(keepAlive)
  }
}

function writerOn(body: PassThrough, signal: AbortSignal): EventWriter {
  async function write(text: string): Promise<void> {
    if (signal.aborted || body.write(text)) return
    await once(body, 'drain', { signal }).catch(() => undefined)
  }
  return {
    signal,
    send: (event) => write(wireForm(event)),
    comment: (text) => write(`: ${text}\n\n`),
  }
}

/** A line break of any kind starts another `data` line: the format knows no other way to carry one. */
function wireForm({ event, id, data }: ServerEvent): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  return `${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}${lines.join('')}\n`
}
