import pg from 'pg'
import { expect, test } from 'vitest'
import { problemOf } from '../http/errors.ts'
import { outageSentence, outageText } from './outage.ts'

function ofServer(code: string, message = 'said by the server'): Error {
  return Object.assign(new pg.DatabaseError(message, 1, 'error'), { code })
}
const ofSystem = (code: string) => Object.assign(new Error(code), { code })
const wrapped = (error: Error) => new Error('The end could not be written', { cause: error })

test.each([
  ['53100', /disk of the database is full; free space/],
  ['53200', /no memory left/],
  ['53300', /no connection left; raise its max_connections/],
  ['53400', /limit in the configuration of the database/],
  ['53000', /too little of what it needs/],
  ['25006', /takes no writes: it is a standby/],
  ['58030', /cannot read or write its disk/],
  ['57P01', /ended the connection, because it stops or an administrator/],
  ['57P02', /one of its processes crashed/],
  ['57P03', /is starting, stopping or recovering/],
  ['57P04', /does not exist; create or restore it/],
  ['57P05', /stood idle/],
  ['3D000', /does not exist; create or restore it/],
  ['28P01', /refuses the log-in/],
  ['28000', /refuses the log-in/],
  ['40P01', /collided with; try again/],
  ['40001', /collided with; try again/],
  ['55P03', /holds a lock/],
  ['08006', /does not answer/],
])('SQLSTATE %s is told as what it is', (code, sentence) => {
  expect(outageSentence(ofServer(code))).toMatch(sentence)
  expect(outageSentence(wrapped(ofServer(code)))).toMatch(sentence)
  expect(problemOf(ofServer(code), { method: 'GET', query: {} })).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    message: expect.stringMatching(sentence),
  })
})

test.each([
  ofSystem('ECONNREFUSED'),
  ofSystem('ETIMEDOUT'),
  new Error('Connection terminated unexpectedly'),
  new Error('Query read timeout'),
  new AggregateError([ofSystem('ECONNREFUSED'), ofSystem('ECONNREFUSED')], ''),
])('a database that cannot be reached does not answer: %s', (error) => {
  expect(outageSentence(error)).toBe('The database does not answer; try again shortly.')
  expect(problemOf(error, { method: 'GET', query: { ref: 'a' } }).message).toBe(outageSentence(error))
})

test('a statement that the server ended is told as one that takes too long', () =>
  expect(problemOf(ofServer('57014'), { method: 'GET', query: { ref: 'a' } }).code).toBe(
    'UNPROCESSABLE_ENTITY',
  ))

test.each(['23505', '42601', '22P02'])('SQLSTATE %s is no outage', (code) =>
  expect(outageSentence(ofServer(code))).toBeUndefined(),
)

test('a log line and readiness have the words of the server too', () => {
  const error = ofServer('53100', 'could not extend file "base/1/2": No space left on device')

  expect(outageText(error)).toBe(
    'The disk of the database is full; free space on it or enlarge it, and what waits goes on by itself. (could not extend file "base/1/2": No space left on device)',
  )
  expect(outageText(new TypeError('x is not a function'))).toBe('x is not a function')
})
