import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { startApi } from '../../test/api.ts'
import { anyJson, anyObject } from '../database/row.ts'
import { fixture } from '../../test/fixture.ts'
import { call } from './route.ts'

const about = {
  method: 'POST',
  summary: 'Test',
  tag: 'test',
  access: 'public',
  max_body_bytes: Infinity,
} as const
const success = { 200: anyObject }
const Item = Type.Object({ ref: Type.String(), payload: anyJson })
const api = await fixture(
  startApi(() => [
    call({
      ...about,
      path: '/items',
      body: Type.Object(
        { name: Type.Optional(Type.String()), items: Type.Array(Item) },
        { additionalProperties: false },
      ),
      documents: ['items.*.payload'],
      success,
      handle: async ({ body }) => body,
    }),
    call({
      ...about,
      path: '/any',
      undecoded: true,
      body: anyObject,
      success,
      handle: async ({ content }) => ({ value: (await content()).value }),
    }),
  ]),
)

test('text that cannot be stored is replaced in documents, and escaped in their keys', async () => {
  const body = { items: [{ ref: 'a', payload: { 'k\u0000': ['\ud800'] } }] }

  expect(await api.call('POST /items', { body })).toMatchObject({
    status: 200,
    body: { items: [{ ref: 'a', payload: { 'k\\u0000': ['\ufffd'] } }] },
  })
})

test('text that cannot be stored is refused beside documents, with its place', async () => {
  const body = {
    items: [
      { ref: 'a', payload: 1 },
      { ref: 'b\u0000', payload: 1 },
    ],
  }

  expect(await api.call('POST /items', { body })).toMatchObject({
    status: 422,
    body: { code: 'VALIDATION_ERROR', details: [{ field: 'items.1.ref' }] },
  })
})

test('what is nested without end is refused, not walked', async () => {
  const payload = `{"items": [{"ref": "a", "payload": ${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`

  const response = await api.server.inject({
    method: 'POST',
    url: '/items',
    headers: { 'content-type': 'application/json' },
    payload,
  })

  expect(response.statusCode).toBe(422)
  expect(response.json()).toMatchObject({ details: [{ field: 'items' }] })
})

test('a field that does not exist is refused by name', async () => {
  expect(await api.call('POST /items', { body: { items: [], color: 'red' } })).toMatchObject({
    status: 422,
    body: { details: [{ field: 'color' }] },
  })
})

test('JSON under another media type is read where the route asks for it, and refused elsewhere', async () => {
  const answers = await Promise.all([
    postAs('application/x-www-form-urlencoded', '/any'),
    postAs('text/plain', '/any'),
    postAs(undefined, '/any'),
    postAs('text/plain', '/items'),
  ])

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 415])
})

test('what is not JSON is refused as such', async () => {
  const response = await api.server.inject({
    method: 'POST',
    url: '/any',
    headers: { 'content-type': 'application/json' },
    payload: '{"items": ',
  })

  expect(response.statusCode).toBe(400)
  expect(response.json()).toMatchObject({ code: 'BAD_REQUEST' })
  expect(response.json().error).toContain('the end at position 10 (line 1, column 11)')
})

function postAs(type: string | undefined, url: string) {
  const headers = type === undefined ? {} : { 'content-type': type }
  return api.server.inject({ method: 'POST', url, headers, payload: '{"items": []}' })
}

test('a number that a double cannot hold is refused with its place, and text or a number that fits is taken', async () => {
  const sent = (payload: string) =>
    api.server.inject({
      method: 'POST',
      url: '/items',
      headers: { 'content-type': 'application/json' },
      payload: `{"items": [{"ref": "a", "payload": ${payload}}]}`,
    })

  for (const number of ['12345678901234567890', '1e400', '{"id": 9007199254740993}'])
    expect((await sent(number)).statusCode).toBe(422)
  expect((await sent('{"id": 9007199254740993}')).json()).toMatchObject({
    details: [{ field: 'items.0.payload.id' }],
  })
  for (const number of ['"12345678901234567890"', '0.1', '1e20', '-9007199254740991'])
    expect((await sent(number)).statusCode).toBe(200)
})

test('where nobody can tell the sender to write it otherwise, such a number is its text', async () => {
  const response = await api.server.inject({
    method: 'POST',
    url: '/any',
    headers: { 'content-type': 'application/json' },
    payload: '{"id": 12345678901234567890, "n": 1}',
  })

  expect(response.json()).toEqual({ value: { id: '12345678901234567890', n: 1 } })
})
