import { createServer } from 'node:http'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { createLog } from '../observe/log.ts'
import { createSpans, type Opening } from './otlp.ts'

const opening: Opening = {
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: 'b7ad6b7169203331',
  parent_id: '00f067aa0ba902b7',
  name: 'match',
  kind: SpanKind.CONSUMER,
  attributes: { 'attune.role': 'sensor', 'attune.event_id': 7 },
}

/** A collector that answers with a status and keeps what it was sent. */
async function collector(status: number) {
  const bodies: { path: string; body: unknown }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      bodies.push({ path: request.url ?? '', body: JSON.parse(text) })
      response.writeHead(status).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { url: `http://127.0.0.1:${address.port}`, bodies, close }
}

function logged() {
  const lines: string[] = []
  return {
    lines,
    log: createLog({ level: 'info', format: 'json', to: { write: (line) => lines.push(line) } }),
  }
}

test('a span travels as OTLP in JSON with the ids it was given, its failure as a status', async () => {
  const taking = await collector(200)
  const { log } = logged()
  const spans = createSpans({ url: taking.url, resource: { 'service.name': 'attune' }, log })

  spans.open(opening).setStatus({ code: SpanStatusCode.ERROR }).end()
  await spans.close()
  await taking.close()

  const nanoseconds = expect.stringMatching(/^\d{19}$/)
  expect(taking.bodies).toEqual([
    {
      path: '/v1/traces',
      body: {
        resourceSpans: [
          expect.objectContaining({
            resource: expect.objectContaining({
              attributes: [{ key: 'service.name', value: { stringValue: 'attune' } }],
            }),
            scopeSpans: [
              expect.objectContaining({
                scope: expect.objectContaining({ name: 'attune' }),
                spans: [
                  expect.objectContaining({
                    traceId: opening.trace_id,
                    spanId: opening.span_id,
                    parentSpanId: opening.parent_id,
                    name: 'match',
                    kind: 5,
                    startTimeUnixNano: nanoseconds,
                    endTimeUnixNano: nanoseconds,
                    attributes: [
                      { key: 'attune.role', value: { stringValue: 'sensor' } },
                      { key: 'attune.event_id', value: { intValue: 7 } },
                    ],
                    status: { code: 2 },
                  }),
                ],
              }),
            ],
          }),
        ],
      },
    },
  ])
})

test('a span without a cause begins its trace, and one that is not ended is not sent', async () => {
  const taking = await collector(200)
  const { log } = logged()
  const spans = createSpans({ url: taking.url, resource: {}, log })

  spans.open({ ...opening, name: 'first', parent_id: undefined }).end()
  spans.open({ ...opening, name: 'second' })
  await spans.close()
  await taking.close()

  const text = JSON.stringify(taking.bodies)
  expect(text).toContain(`"traceId":"${opening.trace_id}"`)
  expect(text).toContain('"name":"first"')
  expect(text).not.toContain('parentSpanId')
  expect(text).not.toContain('"name":"second"')
})

test('a base URL may name the path already', async () => {
  const taking = await collector(200)
  const { log } = logged()
  const spans = createSpans({ url: `${taking.url}/v1/traces`, resource: {}, log })

  spans.open(opening).end()
  await spans.close()
  await taking.close()

  expect(taking.bodies.map(({ path }) => path)).toEqual(['/v1/traces'])
})

test('what a collector does not take is dropped and said once', async () => {
  const refusing = await collector(400)
  const { log, lines } = logged()
  const spans = createSpans({ url: refusing.url, resource: {}, log })

  for (let n = 0; n < 2500; n++) spans.open(opening).end()
  await spans.close()
  await spans.close()
  await refusing.close()

  expect(refusing.bodies).toHaveLength(3)
  expect(lines.filter((line) => line.includes('dropped'))).toHaveLength(1)
})

test('a collector that is away holds nothing up for long', async () => {
  const gone = await collector(200)
  await gone.close()
  const { log, lines } = logged()
  const spans = createSpans({ url: gone.url, resource: {}, log })

  spans.open(opening).end()

  await expect(spans.close()).resolves.toBeUndefined()
  expect(lines).toHaveLength(1)
}, 15_000)
