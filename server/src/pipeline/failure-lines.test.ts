import { expect, test } from 'vitest'
import type { RuleDecision } from '../domain/definition/matching/decision.ts'
import type { Id } from '../id.ts'
import { createFailureLines } from './failure-lines.ts'

const failed = (rule: number): RuleDecision => ({
  rule: rule as Id<'rule'>, // a number is an id here
  rule_ref: `a.r${rule}`,
  version: 1,
  outcome: 'error',
  reason: 'There is no such field.',
})

test('a rule that fails with every event has one line a minute, which counts the others', () => {
  const lines: object[] = []
  let time = 0
  const tell = createFailureLines({ warn: (line: object) => void lines.push(line) }, () => time)

  tell([failed(1), failed(1), failed(2)])
  time = 59_999
  tell([failed(1)])
  time = 60_000
  tell([failed(1), failed(2)])

  const line = { reason: 'There is no such field.' }
  expect(lines).toEqual([
    { ...line, rule_ref: 'a.r1' },
    { ...line, rule_ref: 'a.r2' },
    { ...line, rule_ref: 'a.r1', more_before: 2 },
    { ...line, rule_ref: 'a.r2' },
  ])
})
