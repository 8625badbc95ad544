import { createServer } from 'node:http'
import { isJsonObject, type JsonObject } from '../src/json.ts'

/** A span as it arrives, its attributes as a record. */
export type Received = {
  trace_id: string
  span_id: string
  parent_id: string | undefined
  name: string
  kind: number
  attributes: Record<string, unknown>
  resource: Record<string, unknown>
  start: bigint
  end: bigint
}

export type Collector = { url: string; spans(): readonly Received[]; raw(): string; close(): Promise<void> }

/** What an OpenTelemetry collector is to us: it takes OTLP as JSON over HTTP at /v1/traces. */
export async function startCollector(): Promise<Collector> {
  const spans: Received[] = []
  let raw = ''
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      raw += body
      const right = request.method === 'POST' && request.url === '/v1/traces'
      if (right) spans.push(...spansIn(JSON.parse(body)))
      response.writeHead(right ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans: () => spans,
    raw: () => raw,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function spansIn(body: unknown): Received[] {
  return listIn(body, 'resourceSpans').flatMap((group) =>
    listIn(group, 'scopeSpans').flatMap((scope) =>
      listIn(scope, 'spans').map((span) => ({
        trace_id: textIn(span.traceId),
        span_id: textIn(span.spanId),
        parent_id: span.parentSpanId === undefined ? undefined : textIn(span.parentSpanId),
        name: textIn(span.name),
        kind: Number(span.kind),
        attributes: attributesIn(span),
        resource: attributesIn(group.resource),
        start: BigInt(textIn(span.startTimeUnixNano)),
        end: BigInt(textIn(span.endTimeUnixNano)),
      })),
    ),
  )
}

function textIn(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`Not a text: ${JSON.stringify(value)}`)
  return value
}

function listIn(value: unknown, field: string): JsonObject[] {
  const list = isJsonObject(value) ? value[field] : undefined
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

function attributesIn(value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    listIn(value, 'attributes').map(({ key, value: of }) => [
      textIn(key),
      isJsonObject(of) ? (of.stringValue ?? Number(of.intValue)) : undefined,
    ]),
  )
}
