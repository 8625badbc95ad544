import type { Api } from '@attune/client/dist/api.js'
import { streamOf } from '@attune/client/dist/answer.js'
import { type FollowedEvent, followEvents, type ServerEvent } from '@attune/client/dist/event-stream.js'
import { Unreachable } from '@attune/client/dist/unreachable.js'
import { Failure } from '../failure.ts'
import type { OutputItem } from './in-order.ts'

export type LogStream = 'stdout' | 'stderr'

export type LogRequest = { id: number; stream: LogStream; follow: boolean; signal: AbortSignal }

const mostBreaks = 20
const pauseMs = 500

/** The very bytes of the log, whatever they are; else like `readLog`. */
export async function* readLogBytes(client: Api, request: LogRequest): AsyncGenerator<Uint8Array> {
  for await (const item of chunksOf(client, { ...request, raw: true }))
    if (item.kind === 'text') yield Buffer.from(item.text, 'base64')
}

/** The text of the log with the times when it came. */
export function readTimedLog(client: Api, request: LogRequest): AsyncGenerator<OutputItem> {
  return chunksOf(client, { ...request, raw: false, times: true })
}

/** The text of the log: its line breaks are all `\n`, and bytes that are no UTF-8 are replaced. */
export async function* readLog(client: Api, request: LogRequest): AsyncGenerator<string> {
  for await (const item of chunksOf(client, { ...request, raw: false }))
    if (item.kind === 'text') yield item.text
}

type ChunkRequest = LogRequest & { raw: boolean; times?: true }

/**
 * The log from its start. Following goes on until the server says that it is complete; a connection that
 * breaks is opened again at the byte where it broke, so that nothing is lost or shown twice.
 */
async function* chunksOf(client: Api, request: ChunkRequest): AsyncGenerator<OutputItem> {
  const { follow, signal } = request
  const events = followEvents({
    open: (offset) => open(client, request, offset),
    signal,
    pauseMs,
    mostBreaks,
  })
  try {
    yield* textsOf(events, follow)
  } catch (error) {
    throw error instanceof Unreachable ? lost(request) : error
  }
}

async function* textsOf(events: AsyncIterable<FollowedEvent>, follow: boolean): AsyncGenerator<OutputItem> {
  let caughtUp = catchUp()
  let at_ms = 0
  for await (const event of events) {
    if (event.kind === 'opened') {
      caughtUp = catchUp()
      continue
    }
    at_ms = timeOf(event) ?? at_ms
    if (isText(event)) yield { kind: 'text', text: event.data, at_ms }
    if (isWaiting(event)) yield { kind: 'idle' }
    if (isDone(event) || (!follow && caughtUp(event))) return
  }
}

/** The id of an event is the byte behind it. */
function open(
  client: Api,
  { id, stream, raw, times }: ChunkRequest,
  offset = '0',
): Promise<ReadableStream<Uint8Array>> {
  return streamOf(
    client.GET('/api/v1/executions/{id}/logs/{stream}/stream', {
      params: {
        path: { id, stream },
        query: { offset: Number(offset), ...(raw && { raw }), ...(times && { times }) },
      },
      parseAs: 'stream',
      fetch: client.sending({ stream: true }),
    }),
  )
}

/** When what follows came, where the server knows. */
function timeOf(event: ServerEvent): number | undefined {
  const [, at] = (event.kind === 'comment' && /^at (\d+\.\d+)$/.exec(event.text)) || []
  return at === undefined ? undefined : Number(at)
}

function isText(event: ServerEvent): event is ServerEvent & { kind: 'event' } {
  return event.kind === 'event' && (event.name === 'content' || event.name === 'append')
}

/** Not when it announces a log: then something follows at once. */
function isWaiting(event: ServerEvent): boolean {
  return event.kind === 'event' && event.name === 'waiting' && event.data !== 'Log file found'
}

function isDone(event: ServerEvent): boolean {
  return event.kind === 'event' && event.name === 'done'
}

/**
 * Tells when everything written so far has arrived. The server says so with a comment; where there is no log
 * yet it only says that it waits: the first `waiting` may announce a log, the second finds nothing new.
 */
function catchUp(): (event: ServerEvent) => boolean {
  let waits = 0
  return (event) => {
    if (event.kind === 'comment') return event.text === 'initial-catchup-complete'
    if (event.name === 'waiting') waits += 1
    return waits >= 2
  }
}

function lost({ id, stream }: LogRequest): Failure {
  return new Failure(
    'unavailable',
    `The ${stream} of execution ${id} breaks off again and again; it may be longer.`,
  )
}
