import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { EventWriter, Producer } from '../../../http/event-stream.ts'
import type { Id } from '../../../id.ts'
import { isJsonObject, type Json } from '../../../json.ts'
import type { EndWatch } from './end-watch.ts'
import { type LogFile, type LogStream, openLogFile } from './log-file.ts'
import { outputIn } from './output.ts'

/** So often nothing new must come after the end before the log counts as complete. */
const QUIET_POLLS = 2

type LogRequest = {
  db: Queryable
  /** Sets the pace: each look at the log comes with the answer whether it is complete. */
  ends: EndWatch
  artifacts_dir: string
  execution: Id<'execution'>
  stream: LogStream
  /** Byte to begin at. */
  offset: number
  /** Whether events hold the very bytes, as base64, or text. */
  raw: boolean
  /** Whether each event holds what came at one time, and a comment before it says when. */
  times: boolean
}

/**
 * The log of an execution as events, from the offset to its end: `content` for what is there, a comment when that
 * is through, `append` for what comes, `waiting` while nothing does, `done`. An event's id is the next offset.
 */
export function followLog(request: LogRequest): Producer {
  return async (out) => {
    const log = await awaitLog(request, out)
    if (log === undefined) return
    try {
      const caughtUp = await sendChunks(log, out, { ...request, event: 'content' })
      await out.comment('initial-catchup-complete')
      await tail(log, request, out, caughtUp)
    } finally {
      await log.close()
    }
  }
}

/** Waits for the log. Undefined when there will be none, or nobody listens any more. */
async function awaitLog(request: LogRequest, out: EventWriter): Promise<LogFile | undefined> {
  const { artifacts_dir, execution, stream } = request
  let ended = await findEnd(request) // asked first: what was written before the end is found below
  for (let polls = 0; !out.signal.aborted; polls += 1) {
    const log = await openLogFile(artifacts_dir, execution, stream)
    if (log !== undefined) {
      if (polls > 0) await out.send({ event: 'waiting', data: 'Log file found' })
      return log
    }
    if (ended !== undefined) {
      await sendKept(ended, request, out)
      return undefined
    }
    if (await wait(request, out)) ended = await findEnd(request)
  }
  return undefined
}

/** Short output has no file: it is in the result. */
async function sendKept(
  { result }: Ended,
  { stream, offset, raw }: LogRequest,
  out: EventWriter,
): Promise<void> {
  const bytes = Buffer.from(isJsonObject(result) ? outputIn(result, stream) : '')
  if (bytes.length > offset) {
    await out.send({ event: 'content', id: bytes.length, data: dataOf(bytes.subarray(offset), raw) })
    await out.comment('initial-catchup-complete')
  }
  await out.send({ event: 'done', data: bytes.length > 0 ? 'Execution complete' : '' })
}

async function tail(log: LogFile, request: LogRequest, out: EventWriter, from: number): Promise<void> {
  let offset = from
  let ended = false
  for (let quiet = 0; !out.signal.aborted; quiet += 1) {
    const next = await sendChunks(log, out, { ...request, event: 'append', offset })
    if (next > offset) quiet = 0
    offset = next
    if (quiet >= QUIET_POLLS && ended) {
      await sendChunks(log, out, { ...request, event: 'append', offset, rest: true })
      return out.send({ event: 'done', data: 'Execution complete' })
    }
    ended = await wait(request, out)
  }
}

type Sending = Pick<LogRequest, 'offset' | 'raw' | 'times'> & { event: 'content' | 'append'; rest?: boolean }

/** Sends what can be read now and answers where the next begins. */
async function sendChunks(
  log: LogFile,
  out: EventWriter,
  { event, offset: from, raw, times, rest = false }: Sending,
): Promise<number> {
  let offset = from
  while (!out.signal.aborted) {
    const end = raw || rest ? 'anywhere' : 'whole'
    const chunk = await (times ? log.readTimed(offset, end) : log.read(offset, end))
    if (chunk === undefined) break
    offset = chunk.next
    if (chunk.at_ms !== undefined) await out.comment(`at ${chunk.at_ms.toFixed(3)}`)
    await out.send({ event, id: offset, data: dataOf(chunk.bytes, raw) })
  }
  return offset
}

/** An event is lines of text: bytes that are none have to be written in letters. */
function dataOf(bytes: Buffer, raw: boolean): string {
  return raw ? bytes.toString('base64') : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/** Until the next look; true when the execution has ended by then. */
async function wait({ ends, execution }: LogRequest, out: EventWriter): Promise<boolean> {
  await out.send({ event: 'waiting', data: 'Waiting for log output' })
  return out.signal.aborted || ends.hasEnded(execution)
}

type Ended = { result: Json }

/** Set when nothing more will be written: the execution has ended, or its row is gone. */
async function findEnd({ db, execution }: LogRequest): Promise<Ended | undefined> {
  const found = await db.maybe<{ live: boolean; result: Json }>(sql`
    select live, case when not live then result end as result from execution where id = ${execution}`)
  return found?.live === true ? undefined : { result: found?.result ?? null }
}
