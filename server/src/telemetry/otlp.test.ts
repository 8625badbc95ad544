import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { createLog } from '../observe/log.ts'
import { createExporter, type Span } from './otlp.ts'

const span: Span = {
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: 'b7ad6b7169203331',
  parent_id: '00f067aa0ba902b7',
  name: 'match',
  kind: 'consumer',
  start_ms: 1_700_000_000_000.25,
  end_ms: 1_700_000_000_001.5,
  attributes: { 'attune.role': 'sensor', 'attune.event_id': 7 },
  failed: true,
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

test('a span travels as OTLP in JSON: times as text, numbers as their kind, its failure as a status', async () => {
  const taking = await collector(200)
  const { log } = logged()
  const exporter = createExporter({ url: taking.url, resource: { 'service.name': 'attune' }, log })

  exporter.add(span)
  await exporter.close()
  await taking.close()

  expect(taking.bodies).toEqual([
    {
      path: '/v1/traces',
      body: {
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'attune' } }] },
            scopeSpans: [
              {
                scope: { name: 'attune' },
                spans: [
                  {
                    traceId: span.trace_id,
                    spanId: span.span_id,
                    parentSpanId: span.parent_id,
                    name: 'match',
                    kind: 5,
                    startTimeUnixNano: '1700000000000250000',
                    endTimeUnixNano: '1700000000001500000',
                    attributes: [
                      { key: 'attune.role', value: { stringValue: 'sensor' } },
                      { key: 'attune.event_id', value: { intValue: '7' } },
                    ],
                    status: { code: 2 },
                  },
                ],
              },
            ],
          },
        ],
      },
    },
  ])
})

test('a base URL may name the path already', async () => {
  const taking = await collector(200)
  const { log } = logged()
  const exporter = createExporter({ url: `${taking.url}/v1/traces`, resource: {}, log })

  exporter.add(span)
  await exporter.close()
  await taking.close()

  expect(taking.bodies.map(({ path }) => path)).toEqual(['/v1/traces'])
})

test('what a collector does not take is dropped and said once', async () => {
  const refusing = await collector(503)
  const { log, lines } = logged()
  const exporter = createExporter({ url: refusing.url, resource: {}, log })

  for (let n = 0; n < 2500; n++) exporter.add(span)
  await exporter.close()
  await exporter.close()
  await refusing.close()

  expect(refusing.bodies.length).toBe(1)
  expect(lines.filter((line) => line.includes('dropped'))).toHaveLength(1)
})

test('a collector that is away holds nothing up', async () => {
  const gone = await collector(200)
  await gone.close()
  const { log, lines } = logged()
  const exporter = createExporter({ url: gone.url, resource: {}, log })

  exporter.add(span)

  await expect(exporter.close()).resolves.toBeUndefined()
  expect(lines).toHaveLength(1)
})
