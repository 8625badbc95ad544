import { expect, test } from 'vitest'
import { readLogLine } from './log-line.ts'

test.each([
  ['plain words', { level: 'info', events_lost: 0 }],
  ['{"level":"error","message":"x"}', { level: 'error', events_lost: 0 }],
  ['{"level":"warn","events_lost":3}', { level: 'warn', events_lost: 3 }],
  ['{"level":"fatal","events_lost":-3}', { level: 'info', events_lost: 0 }],
  ['{"events_lost":1e300}', { level: 'info', events_lost: 0 }],
  ['{"events_lost":900719925474099}', { level: 'info', events_lost: 1_000_000 }],
  ['{"events_lost":"7"}', { level: 'info', events_lost: 0 }],
  ['{"events_lost":', { level: 'info', events_lost: 0 }],
  ['[1]', { level: 'info', events_lost: 0 }],
])('%s', (line, expected) => {
  expect(readLogLine(line)).toEqual(expected)
})
