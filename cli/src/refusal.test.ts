import { expect, test } from 'vitest'
import { refusal } from './refusal.ts'

function read(body: unknown, status = 422): ReturnType<typeof refusal> {
  return refusal({ status, statusText: 'Nope', body, requestId: null })
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
