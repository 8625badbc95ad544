import { expect, test } from 'vitest'
import { toId } from '../../../id.ts'
import { judgeHolder } from './unclaimed.ts'

const well = {
  id: toId<'worker'>(1),
  status: 'active',
  heartbeat_age_seconds: 5,
  capacity: 4,
  running: 1,
  overdue: 1,
}

test.each([
  ['lives and has room', {}, 'say_again'],
  ['does not state its capacity', { capacity: null, running: 50 }, 'say_again'],
  ['runs as much as it can', { running: 4 }, 'wait'],
  ['is busy and silent', { running: 4, heartbeat_age_seconds: 91 }, 'take_back'],
  ['has never sent a heartbeat', { heartbeat_age_seconds: null }, 'take_back'],
  ['is inactive', { status: 'inactive' }, 'take_back'],
  ['is broken', { status: 'error' }, 'take_back'],
  ['has no row', { status: null, heartbeat_age_seconds: null, capacity: null }, 'take_back'],
] as const)('a worker that %s', (_, columns, verdict) => {
  expect(judgeHolder({ ...well, ...columns })).toBe(verdict)
})
