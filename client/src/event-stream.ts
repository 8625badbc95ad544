import { createParser } from 'eventsource-parser'
import { pause } from './pause.ts'
import { Refusal } from './refusal.ts'
import { Unreachable } from './unreachable.ts'

/** What arrives on a server-sent event stream. Comments matter: the log stream says with one that it caught up. */
export type ServerEvent =
  | { kind: 'event'; name: string; id: string | undefined; data: string }
  | { kind: 'comment'; text: string }

/** Splits a stream into events whatever the chunks are. An event cut off by the end of the stream is dropped. */
export function eventParser(): (chunk: string) => ServerEvent[] {
  let events: ServerEvent[] = []
  const parser = createParser({
    onEvent: ({ event = 'message', id, data }) => events.push({ kind: 'event', name: event, id, data }),
    onComment: (text) => events.push({ kind: 'comment', text: text.trim() }),
  })
  return (chunk) => {
    events = []
    parser.feed(chunk)
    return events
  }
}

/** The events of an open stream. Leaving the loop closes the stream. */
export async function* serverEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const parse = eventParser()
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield* parse(decoder.decode(value, { stream: true }))
    }
  } finally {
    await reader.cancel()
  }
}

/** Where events come from, and how long a connection that breaks again and again is opened anew. */
export type EventSource = {
  /** Opens the stream behind the event that arrived last, which the server is told as `Last-Event-ID` or as it wants. */
  open: (lastEventId: string | undefined) => Promise<ReadableStream<Uint8Array>>
  signal?: AbortSignal
  pauseMs: number
  /** Breaks in a row, without an event that has an id between them. */
  mostBreaks: number
}

type Progress = { lastEventId: string | undefined; breaks: number }

/** An event, or that the stream was opened: what was counted before counts anew. */
export type FollowedEvent = ServerEvent | { kind: 'opened' }

/**
 * The events of a stream that ends when the reader leaves the loop. A connection that breaks is opened again behind
 * the last event, so that nothing is lost or comes twice. What the server refuses is thrown.
 */
export async function* followEvents(source: EventSource): AsyncGenerator<FollowedEvent> {
  const { signal, pauseMs, mostBreaks } = source
  const progress: Progress = { lastEventId: undefined, breaks: 0 }
  for (;;) {
    try {
      yield* eventsBehind(progress, source)
    } catch (error) {
      if (signal?.aborted === true || !isBreak(error)) throw error
    }
    progress.breaks += 1
    if (progress.breaks > mostBreaks) throw new Unreachable('The stream breaks off again and again.')
    await pause(pauseMs, signal)
  }
}

async function* eventsBehind(progress: Progress, { open }: EventSource): AsyncGenerator<FollowedEvent> {
  const stream = await open(progress.lastEventId)
  yield { kind: 'opened' }
  for await (const event of serverEvents(stream)) {
    if (event.kind === 'event' && event.id !== undefined) {
      progress.lastEventId = event.id
      progress.breaks = 0
    }
    yield event
  }
}

/** A connection that broke, which `fetch` calls a TypeError, or a server that is not well. */
function isBreak(error: unknown): boolean {
  return error instanceof Refusal ? error.mayPass : error instanceof Unreachable || error instanceof TypeError
}
