import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { startApi } from '../../test/api.ts'
import type { EventWriter } from './event-stream.ts'
import { fixture } from '../../test/fixture.ts'
import { stream } from './route.ts'
const open: EventWriter[] = []

const about = { summary: 'Test', tag: 'test', access: 'public' } as const
const api = await fixture(
  startApi(() => [
    stream({
      ...about,
      method: 'GET',
      path: '/short',
      handle: async () => async (out) => {
        await out.send({ event: 'content', id: 7, data: 'one\ntwo\r\nthree\rfour\n' })
        await out.comment('that was it')
      },
    }),
    stream({
      ...about,
      method: 'GET',
      path: '/quiet',
      handle: async () => (out) =>
        new Promise((resolve) => out.signal.addEventListener('abort', () => resolve())),
    }),
    stream({
      ...about,
      method: 'GET',
      path: '/endless',
      handle: async () => async (out) => {
        open.push(out)
        while (!out.signal.aborted) {
          await out.send({ data: 'x'.repeat(10_000) })
          await sleep(5)
        }
        open.splice(open.indexOf(out), 1)
      },
    }),
  ]),
)
const base = await api.server.listen({ host: '127.0.0.1', port: 0 })

function request(path: string): Promise<{ client: ClientRequest; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const client = get(`${base}${path}`, (response) => resolve({ client, response }))
    client.on('error', reject)
  })
}

test('events are written with every line of their data, whatever breaks the lines', async () => {
  const response = await api.server.inject({ url: '/short' })

  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
  expect(response.body).toBe(
    'event: content\nid: 7\ndata: one\ndata: two\ndata: three\ndata: four\ndata: \n\n: that was it\n\n',
  )
})

test('HEAD answers at once and starts no stream', async () => {
  const response = await api.server.inject({ method: 'HEAD', url: '/endless' })

  expect(response.statusCode).toBe(200)
  expect(open).toEqual([])
})

test('a client that goes away ends the stream, also one that does not read', async () => {
  const { client, response } = await request('/endless')
  response.on('error', () => undefined)
  await vi.waitFor(() => expect(open).toHaveLength(1))

  client.destroy()

  await vi.waitFor(() => expect(open).toEqual([]), { timeout: 5000 })
})

test('a quiet stream is answered at once and kept alive by comments', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const { client, response } = await request('/quiet')
    response.on('error', () => undefined)
    const chunk = new Promise((resolve) => response.once('data', resolve))

    await vi.advanceTimersByTimeAsync(15_000)

    expect(String(await chunk)).toBe(': keep-alive\n\n')
    client.destroy()
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0))
  } finally {
    vi.useRealTimers()
  }
})

test('a server that closes ends its streams instead of waiting for them', async () => {
  const { response } = await request('/endless')
  response.resume()
  const ended = new Promise((resolve) => response.once('end', resolve))
  await vi.waitFor(() => expect(open).toHaveLength(1))

  await api.server.close()

  await ended
  expect(open).toEqual([])
})
