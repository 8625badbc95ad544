import { expect, test } from 'vitest'
import { audit, type ViolationKind } from './auditor.ts'
import { type Facts, parseRuns } from './facts.ts'
import type { Load } from './load.ts'
import { rulesOfLoad } from './pack.ts'

/** One event (n 1: rules `every` and `switched` fire), seen through to its ends. */
function sound(): { load: Load; facts: Facts } {
  const outcomes = rulesOfLoad.map(({ ref }) => [
    ref,
    ref === 'faults.every' || ref === 'faults.switched' ? 'matched' : 'not_matched',
  ])
  return {
    load: {
      accepted: new Map([[1, 10]]),
      unanswered: [],
      settled: { from_n: 1, enabled: true },
      cancelled: [],
    },
    facts: {
      events: [{ id: 10, n: 1, decided: Object.fromEntries(outcomes) }],
      enforcements: [
        { id: 20, event: 10, rule_ref: 'faults.every', status: 'processed' },
        { id: 21, event: 10, rule_ref: 'faults.switched', status: 'processed' },
      ],
      executions: [execution(30, 20), { ...execution(31, 21), status: 'abandoned' }, retry(32, 31, 21)],
      steps: [...[30, 32].flatMap((id) => steps(id, 'completed')), ...steps(31, 'abandoned')],
      runs: parseRuns('start 30 1 5.00\nend 30 1 5.01\nstart 31 2 5.00\nstart 32 3 6.00\nend 32 3 6.30\n'),
      dead_letters: [],
      left: [],
    },
  }
}
function execution(id: number, enforcement: number): Facts['executions'][number] {
  return {
    id,
    action_ref: 'faults.quick',
    enforcement,
    original_execution: null,
    retry_count: 0,
    status: 'completed',
    explained: true,
    cancel_requested: false,
  }
}
const retry = (id: number, original_execution: number, enforcement: number) => ({
  ...execution(id, enforcement),
  original_execution,
  retry_count: 1,
})
const steps = (id: number, end: string) => [
  { execution: id, from: null, to: 'requested' },
  { execution: id, from: 'requested', to: 'scheduled' },
  { execution: id, from: 'scheduled', to: 'running' },
  { execution: id, from: 'running', to: end },
]

test('what is as it must be has no violations', () => {
  const { load, facts } = sound()

  expect(audit(load, facts)).toEqual([])
})

/** Each breaks one thing. */
const broken: Record<string, [ViolationKind, (facts: Facts, load: Load) => void]> = {
  'an accepted event that is gone': ['lost', (facts) => void (facts.events = [])],
  'an event without a decision': [
    'stuck',
    ({ events }) => void Object.assign(events[0] ?? {}, { decided: null }),
  ],
  'a rule that fired without an enforcement': ['lost', ({ enforcements }) => void enforcements.shift()],
  'two enforcements of one rule and event': [
    'doubled',
    ({ enforcements }) =>
      void enforcements.push({ id: 22, event: 10, rule_ref: 'faults.every', status: 'processed' }),
  ],
  'an enforcement of a rule that does not match': [
    'disagreed',
    ({ enforcements }) =>
      void enforcements.push({ id: 22, event: 10, rule_ref: 'faults.third', status: 'disabled' }),
  ],
  'an enforcement of a rule that was disabled for good': [
    'disagreed',
    (_, load) => void (load.settled = { from_n: 1, enabled: false }),
  ],
  'an enforcement that waits': [
    'stuck',
    ({ enforcements }) => void Object.assign(enforcements[0] ?? {}, { status: 'created' }),
  ],
  'an enforcement without an execution': [
    'lost',
    (facts) => void (facts.executions = facts.executions.slice(1)),
  ],
  'two executions of one enforcement': [
    'doubled',
    ({ executions, steps: all, runs }) => {
      executions.push(execution(33, 20))
      all.push(...steps(33, 'completed'))
      runs.push({ execution: 33, pid: 9, start_ms: 9000, end_ms: 9001 })
    },
  ],
  'an execution without an end': [
    'stuck',
    (facts) => {
      Object.assign(facts.executions[0] ?? {}, { status: 'running' })
      facts.steps = facts.steps.filter(({ execution, to }) => execution !== 30 || to !== 'completed')
    },
  ],
  'a second end': [
    'doubled',
    ({ steps: all }) => void all.push({ execution: 30, from: 'running', to: 'completed' }),
  ],
  'a step after the end': [
    'changed_after_end',
    ({ steps: all }) => void all.push({ execution: 30, from: 'completed', to: 'failed' }),
  ],
  'a history that ends elsewhere': [
    'disagreed',
    ({ steps: all }) => void Object.assign(all.find(({ to }) => to === 'completed') ?? {}, { to: 'failed' }),
  ],
  'a bad end without a reason': [
    'disagreed',
    ({ executions }) => void Object.assign(executions[1] ?? {}, { explained: false }),
  ],
  'a retry that is missing': ['stuck', ({ executions }) => void executions.pop()],
  'a retry after a good end': [
    'doubled',
    ({ executions, steps: all }) => {
      Object.assign(executions[1] ?? {}, { status: 'completed' })
      Object.assign(all.find(({ to }) => to === 'abandoned') ?? {}, { to: 'completed' })
    },
  ],
  'a retry of what was cancelled': [
    'doubled',
    ({ executions }) => void Object.assign(executions[1] ?? {}, { cancel_requested: true }),
  ],
  'an execution that ran twice': [
    'doubled',
    ({ runs }) => void runs.push({ execution: 30, pid: 8, start_ms: 7000, end_ms: 7001 }),
  ],
  'attempts that overlap': ['doubled', ({ runs }) => void Object.assign(runs[1] ?? {}, { end_ms: 6100 })],
  'a completed execution whose action did not end': ['lost', ({ runs }) => void runs.shift()],
  'a message that nobody took': ['stuck', ({ left }) => void left.push({ place: 'outbox', count: 1 })],
  'a dead letter': [
    'dead_lettered',
    ({ dead_letters }) => void dead_letters.push({ id: 1, queue: 'q', type: 'EventCreated', error: 'no' }),
  ],
}

test.each(Object.entries(broken))('%s is found', (_, [kind, damage]) => {
  const { load, facts } = sound()

  damage(facts, load)

  expect(audit(load, facts).map((violation) => violation.kind)).toContain(kind)
})
