import { expect, test, describe } from 'vitest'
import type { Id } from '../../../id.ts'
import type { Candidate } from './candidates.ts'
import { compile } from './compiled.ts'
import { deferralOf } from './debt.ts'
import { type RuleToDecide, type Clock, decideEvent } from './decide-event.ts'
import { allowanceOf, type EvaluationBudget, noSlowness, noteQuick, noteSlow } from './slowness.ts'

const budget: EvaluationBudget = {
  evaluation_ms: 50,
  event_ms: 500,
  batch_ms: 5000,
  account_ms: 2000,
  rule_bytes: 1000,
  event_bytes: 4000,
}

const event = {
  id: 1 as Id<'event'>,
  trigger_ref: 'p.t',
  payload: { text: 'x'.repeat(300) },
  created: '2026-01-01T00:00:00.000Z',
  rule: null,
}

function candidateOf(id: number, account: string): Candidate {
  return {
    id: id as Id<'rule'>,
    ref: `p.r${id}`,
    version: 1,
    enabled: true,
    trigger_enabled: true,
    trigger_ref: 'p.t',
    stamp: `${id}`,
    account,
  }
}

function ruleOf(id: number, account: string, action_params = {}): RuleToDecide {
  const definition = {
    id: id as Id<'rule'>,
    ref: `p.r${id}`,
    pack: 1 as Id<'pack'>,
    pack_ref: 'p',
    action: null,
    owner_identity: null,
    authority_set_refs: null,
    conditions: {},
    action_params,
    pack_config: {},
    conf_schema: null,
    param_schema: null,
    config_secrets: [],
    stamp: `${id}`,
  }
  return {
    candidate: candidateOf(id, account),
    may: { event: true, config: true },
    compilation: () => compile(definition),
  }
}

/** A clock on which every evaluation takes what it is said to take. */
function clockOf(takes: (place: number) => number): Clock {
  let ms = 0
  let pending = 0
  return {
    ms() {
      const now = (ms += pending)
      pending = 0
      return now
    },
    moment: () => 0,
    watch: () => ({ ms: 50, over: () => false, looked: () => false }),
    asking(place) {
      pending = takes(place)
    },
  }
}

const none = { deferral: () => undefined, charge: () => undefined }

const outcomesOf = (asked: readonly RuleToDecide[], takes: (place: number) => number) =>
  decideEvent(event, asked, {
    budget,
    standing: noSlowness(),
    clock: clockOf(takes),
    now: event.created,
    debts: none,
  }).map(({ decision }) => decision.outcome)

test('whoever owns 80 rules that take long does not take the time of another', () => {
  const slow = Array.from({ length: 80 }, (_, i) => ruleOf(i + 1, 'identity 1'))
  const quick = Array.from({ length: 5 }, (_, i) => ruleOf(i + 81, 'identity 2'))

  const outcomes = outcomesOf([...slow, ...quick], (place) => (place < 80 ? 45 : 0.1))

  expect(outcomes.slice(80)).toEqual(quick.map(() => 'matched'))
  expect(outcomes.filter((outcome) => outcome === 'error')).toHaveLength(68)
})

test('what an event has left goes to whoever needs more than their share', () => {
  const own = Array.from({ length: 9 }, (_, i) => ruleOf(i + 1, 'identity 1'))

  expect(outcomesOf([...own, ruleOf(10, 'identity 2')], () => 45)).toEqual(
    Array.from({ length: 10 }, () => 'matched'),
  )
})

test('room is shared out like time, and a document that is too large is the fault of its rule alone', () => {
  const large = { text: '{{ event.payload.text }}{{ event.payload.text }}' }
  const hungry = Array.from({ length: 12 }, (_, i) => ruleOf(i + 1, 'identity 1', large))
  const huge = ruleOf(13, 'identity 2', { text: '{{ event.payload.text }}'.repeat(4) })

  const outcomes = outcomesOf([...hungry, huge, ruleOf(14, 'identity 2')], () => 0)

  expect(outcomes.filter((outcome) => outcome === 'matched').length).toBeLessThan(9)
  expect(outcomes.slice(12)).toEqual(['error', 'matched'])
})

test('a rule that takes too long three times is passed over for a minute, unless it changes', () => {
  const standing = noSlowness()
  const rule = candidateOf(1, 'identity 1')
  for (let i = 0; i < 3; i += 1) noteSlow(standing, rule, { ms: 50, overdue: true, now: 0 })

  expect(allowanceOf(standing, rule, { now: 59_999, budget })).toEqual({
    refusal: expect.stringContaining('passed over until 00:01:00'),
  })
  expect(allowanceOf(standing, { ...rule, stamp: 'changed' }, { now: 1, budget })).toEqual({ ms: 50 })
  expect(allowanceOf(standing, rule, { now: 60_001, budget })).toEqual({ ms: 50 })
})

test('an evaluation within its time ends a row of such', () => {
  const standing = noSlowness()
  const rule = candidateOf(1, 'identity 1')
  for (let i = 0; i < 2; i += 1) noteSlow(standing, rule, { ms: 50, overdue: true, now: 0 })
  noteQuick(standing, rule)
  noteSlow(standing, rule, { ms: 50, overdue: true, now: 0 })

  expect(allowanceOf(standing, rule, { now: 1, budget })).toEqual({ ms: 50 })
})

test('an account that goes on being slow gets a tenth of the time, then none; others are not touched', () => {
  const standing = noSlowness()
  const of = (id: number, account = 'identity 1') =>
    allowanceOf(standing, candidateOf(id, account), { now: 1, budget })
  for (let id = 1; id <= 40; id += 1)
    noteSlow(standing, candidateOf(id, 'identity 1'), { ms: 50, overdue: false, now: 0 })

  expect(of(99)).toEqual({ ms: 5 })
  for (let id = 1; id <= 40; id += 1)
    noteSlow(standing, candidateOf(id, 'identity 1'), { ms: 50, overdue: false, now: 0 })
  expect(of(99)).toEqual({ refusal: expect.stringContaining('slow rules of its owner') })
  expect(of(99, 'identity 2')).toEqual({ ms: 50 })
})

describe('rules of an account in debt', () => {
  const room = { text: 'x'.repeat(900) } // of 4000 bytes and 500 ms an event has: about 113 ms

  function judged(asked: readonly RuleToDecide[], lane_ms: number, before: Record<string, number> = {}) {
    const owed = new Map(Object.entries(before))
    const debts = {
      deferral: (account: string) => deferralOf(lane_ms, owed.get(account) ?? 0),
      charge: (account: string, ms: number) => void owed.set(account, (owed.get(account) ?? 0) + ms),
    }
    const judging = { budget, standing: noSlowness(), clock: clockOf(() => 1), now: event.created, debts }
    return { outcomes: decideEvent(event, asked, judging).map(({ decision }) => decision.outcome), owed }
  }

  test('wait, and those of others on the same event do not', () => {
    const asked = [ruleOf(1, 'identity 1'), ruleOf(2, 'identity 2'), ruleOf(3, 'identity 1')]

    expect(judged(asked, 200, { 'identity 1': 201 }).outcomes).toEqual(['deferred', 'matched', 'deferred'])
  })

  test('wait from the moment it falls into debt, in the midst of an event', () => {
    const asked = Array.from({ length: 4 }, (_, i) => ruleOf(i + 1, 'identity 1', room))

    expect(judged(asked, 150).outcomes).toEqual(['matched', 'matched', 'deferred', 'deferred'])
  })

  test('are told at once that they are disabled', () => {
    const one = ruleOf(1, 'identity 1')
    const asked = [{ ...one, candidate: { ...one.candidate, enabled: false } }]

    expect(judged(asked, 200, { 'identity 1': 201 }).outcomes).toEqual(['disabled'])
  })

  test('cost nothing where they are quick, however busy the machine is', () => {
    const asked = Array.from({ length: 20 }, (_, i) => ruleOf(i + 1, 'identity 1'))

    expect(judged(asked, 200).owed.size).toBe(0)
  })
})
