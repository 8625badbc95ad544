import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client.ts'
import { serverEvents, type ServerEvent } from '../event-stream.ts'
import { Failure } from '../failure.ts'

export type LogStream = 'stdout' | 'stderr'

export type LogRequest = { id: number; stream: LogStream; follow: boolean; signal: AbortSignal }

const toleratedFailures = 20
const pauseMs = 500

/** How far the log was read: the byte offset to resume from, and whether that was all. */
type Position = { offset: string; ended: boolean; failures: number }

/**
 * The log from its start. Following goes on until the server says that it is complete; a connection that
 * breaks is opened again at the byte where it broke, so that nothing is lost or shown twice.
 */
export async function* readLog(client: Client, request: LogRequest): AsyncGenerator<string> {
  const position: Position = { offset: '0', ended: false, failures: 0 }
  while (true) {
    try {
      yield* readOnce(client, request, position)
    } catch (error) {
      const refused = error instanceof Failure && error.exit !== 'unavailable'
      if (request.signal.aborted || refused) throw error
    }
    if (position.ended) return
    position.failures += 1
    if (position.failures > toleratedFailures) throw lost(request)
    await sleep(pauseMs, undefined, { signal: request.signal })
  }
}

async function* readOnce(client: Client, request: LogRequest, position: Position): AsyncGenerator<string> {
  const { id, stream, follow } = request
  const body = await client.open('/api/v1/executions/{id}/logs/{stream}/stream', {
    path: { id, stream },
    query: { offset: Number(position.offset) },
  })
  const caughtUp = catchUp()
  for await (const event of serverEvents(body)) {
    if (event.kind === 'event' && (event.name === 'content' || event.name === 'append')) {
      if (event.id !== undefined) position.offset = event.id
      position.failures = 0
      yield event.data
    }
    position.ended = isDone(event) || (!follow && caughtUp(event))
    if (position.ended) return
  }
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
