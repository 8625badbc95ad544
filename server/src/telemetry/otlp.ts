import type { Log } from '../observe/log.ts'

/** A finished span. Times are Date.now() milliseconds with fractions. */
export type Span = {
  trace_id: string
  span_id: string
  parent_id: string | undefined
  name: string
  kind: SpanKind
  start_ms: number
  end_ms: number
  attributes: Readonly<Record<string, string | number>>
  failed: boolean
}

export type SpanKind = 'internal' | 'server' | 'producer' | 'consumer'

/** Numbers of the protocol. */
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, producer: 4, consumer: 5 }
const STATUS_ERROR = 2

const MAX_WAITING = 20_000
const MAX_BATCH = 1000
const EVERY_MS = 1000
const PATIENCE_MS = 5000

export type Exporter = { add(span: Span): void; close(): Promise<void> }

export type ExporterOptions = {
  /** Base URL of the collector; `/v1/traces` is added. */
  url: string
  resource: Readonly<Record<string, string>>
  log: Log
}

/**
 * Sends spans to a collector as OTLP over HTTP, in batches, one request at a time. What a collector does not take is
 * dropped: traces are worth nothing that work would have to wait for.
 */
export function createExporter({ url, resource, log }: ExporterOptions): Exporter {
  const target = `${url.replace(/\/(v1\/traces)?\/?$/, '')}/v1/traces`
  let waiting: Span[] = []
  let dropped = 0
  let away = false
  let sending = Promise.resolve()
  const timer = setInterval(() => {
    sending = sending.then(sendSome)
  }, EVERY_MS).unref()

  async function sendSome(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH)
      const trouble = await post(target, bodyOf(resource, batch))
      if (trouble !== undefined) return giveUp(batch, trouble)
      if (away) log.info({ dropped }, 'traces are taken again')
      away = false
      dropped = 0
    }
  }

  function giveUp(batch: readonly Span[], trouble: string): void {
    dropped += batch.length + waiting.length
    waiting = []
    if (!away) log.warn({ url: target, error: trouble }, 'traces are not taken and are dropped meanwhile')
    away = true
  }

  return {
    add(span) {
      if (waiting.length < MAX_WAITING) waiting.push(span)
      else dropped += 1
    },
    async close() {
      clearInterval(timer)
      await sending
      await sendSome()
    },
  }
}

/** Undefined when the collector has taken it, else what is wrong. */
async function post(url: string, body: object): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await answer.arrayBuffer()
    return answer.ok ? undefined : `The collector answered ${answer.status}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function bodyOf(resource: ExporterOptions['resource'], spans: readonly Span[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'attune' }, spans: spans.map(wireOf) }],
      },
    ],
  }
}

function wireOf(span: Span): object {
  return {
    traceId: span.trace_id,
    spanId: span.span_id,
    ...(span.parent_id === undefined ? {} : { parentSpanId: span.parent_id }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.start_ms),
    endTimeUnixNano: nanoseconds(span.end_ms),
    attributes: attributesOf(span.attributes),
    ...(span.failed ? { status: { code: STATUS_ERROR } } : {}),
  }
}

function attributesOf(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }))
}

/** Beyond what a number holds exactly, so as text: microseconds and three zeros. */
const nanoseconds = (ms: number) => `${Math.round(ms * 1000)}000`
