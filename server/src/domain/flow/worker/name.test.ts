import { expect, test } from 'vitest'
import type { NamedWorker } from './queries.ts'
import { isFree } from './name.ts'

const judging = { worker_role: 'sensor', host: 'vm', silence_seconds: 90, alive: () => true } as const
const holder: NamedWorker = {
  worker_role: 'sensor',
  host: 'vm',
  status: 'active',
  instance: 'a',
  meta: { process: { pid: 1 } },
  heartbeat_age_seconds: 3,
}

test.each<[string, Partial<NamedWorker>, Partial<Parameters<typeof isFree>[1]>, boolean]>([
  ['lives', {}, {}, false],
  ['is dead', {}, { alive: () => false }, true],
  ['cannot be seen from here', {}, { alive: () => undefined }, false],
  ['is on another machine', { host: 'other' }, { alive: () => false }, false],
  ['has stopped', { status: 'inactive' }, {}, true],
  ['has been silent for long', { heartbeat_age_seconds: 91 }, {}, true],
  ['has been silent for a while', { heartbeat_age_seconds: 89 }, {}, false],
  ['never said a word', { heartbeat_age_seconds: null }, {}, true],
  ['says nothing of its process', { meta: null }, { alive: () => false }, false],
  ['is busy', { status: 'busy' }, {}, false],
  ['is of another role', { worker_role: 'action', status: 'inactive' }, {}, false],
])('a name whose holder %s is judged', (_, changed, seen, free) => {
  expect(isFree({ ...holder, ...changed }, { ...judging, ...seen })).toBe(free)
})
