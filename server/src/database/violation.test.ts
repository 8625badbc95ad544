import pg from 'pg'
import { expect, test } from 'vitest'
import { verdict } from '../messages/verdict.ts'
import { isTransient } from './violation.ts'

function ofServer(code: string): Error {
  return Object.assign(new pg.DatabaseError('said by the server', 1, 'error'), { code })
}
const ofSystem = (code: string, syscall = 'read') => Object.assign(new Error(code), { code, syscall })

test.each([
  '57P01',
  '57P03',
  '25P03',
  '08006',
  '53300',
  '40001',
  '40P01',
  '55P03',
  '25006',
  '28P01',
  '3D000',
])('SQLSTATE %s is an outage: the message is not to blame', (code) =>
  expect(isTransient(ofServer(code))).toBe(true),
)

test.each(['23505', '22P02', '42601', '42P01', '25P02'])('SQLSTATE %s is none', (code) =>
  expect(isTransient(ofServer(code))).toBe(false),
)

test.each([
  ofSystem('ECONNRESET'),
  ofSystem('EPIPE', 'write'),
  ofSystem('EHOSTUNREACH', 'connect'),
  ofSystem('ENOENT', 'connect'),
  new Error('Connection terminated unexpectedly'),
  new Error('Connection terminated due to connection timeout'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Client has encountered a connection error and is not queryable'),
  new Error('Client was closed and is not queryable'),
  new Error('Query read timeout'),
  new AggregateError([ofSystem('ECONNREFUSED'), ofSystem('ETIMEDOUT')], ''),
  new Error('The lease could not be renewed', { cause: ofSystem('ECONNRESET') }),
])('%s is an outage', (error) => expect(isTransient(error)).toBe(true))

test.each([ofSystem('ENOENT', 'open'), new TypeError('x is not a function'), 'a text', undefined])(
  '%s is none',
  (error) => expect(isTransient(error)).toBe(false),
)

test.each([
  ofServer('25P03'),
  ofServer('25P04'),
  ofServer('57014'),
  new Error('Query read timeout'),
  new Error('Client has encountered a connection error and is not queryable', { cause: ofServer('25P03') }),
])('%s is a limit of ours: it counts as a try, and a batch is taken apart', (error) => {
  expect(verdict(error, 0)).toBe('retry')
  expect(verdict(error, 4)).toBe('dead-letter')
})

test('an outage counts as none', () => expect(verdict(ofServer('57P01'), 4)).toBe('wait'))
