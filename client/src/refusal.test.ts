import { expect, test } from 'vitest'
import { Refusal } from './refusal.ts'

function read(body: unknown, headers = new Headers()): Refusal {
  return new Refusal({ status: 422, statusText: 'Nope', headers }, body)
}

test.each([
  [{ error: 'Words.', code: 'X' }, 'Words.'],
  [{ error: { code: 401, message: 'Nested.' } }, 'Nested.'],
  [{ message: 'Only a message.' }, 'Only a message.'],
  ['plain text\n', 'plain text'],
  ['<html>', 'The server answered 422 Nope.'],
  [undefined, 'The server answered 422 Nope.'],
  [{ error: '' }, 'The server answered 422 Nope.'],
])('%j says %s', (body, message) => {
  expect(read(body).message).toBe(message)
})

test('details of another shape are left out', () => {
  const details = ['x', { field: 'a', message: 'is wrong' }, { message: 'no field' }, { field: 'b' }, null]

  expect(read({ error: 'E', details }).details).toEqual([
    { field: 'a', message: 'is wrong' },
    { field: '', message: 'no field' },
  ])
  expect(read({ error: 'E', details: 'x' }).details).toEqual([])
})

test('what a program goes on with is there: status, code, request and when to ask again', () => {
  const headers = new Headers({ 'retry-after': '7', 'x-request-id': 'req-1' })

  expect(read({ error: 'E', code: 'TOO_MANY_REQUESTS' }, headers)).toMatchObject({
    status: 422,
    code: 'TOO_MANY_REQUESTS',
    retryAfterMs: 7000,
    requestId: 'req-1',
  })
})
