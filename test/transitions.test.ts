import { describe, expect, test } from 'vitest'
import { lives } from '../server/src/docs/lives.ts'
import { isTerminal, terminalStatuses, transitions } from '../server/src/domain/flow/execution/status.ts'

/*
 * The tables of steps. That the program takes all of them and no others is shown by running it: the
 * `moves.integration.test.ts` beside each.
 */

describe.each(Object.entries(lives))('%s', (_, { first, statuses, transitions }) => {
  test('no step is listed twice, and each is between two statuses', () => {
    const listed = transitions.map((step) => step.join(' '))

    expect(listed.filter((step, index) => listed.indexOf(step) !== index)).toEqual([])
    expect(transitions.filter(([from, to]) => !statuses.includes(from) || !statuses.includes(to))).toEqual([])
    expect(transitions.filter(([from, to]) => from === to)).toEqual([])
  })

  test('from every status that is no end, the first one included, an end or a beginning is reached', () => {
    const ends = statuses.filter((status) => !transitions.some(([from]) => from === status))
    const seen = new Set<string>(ends.length > 0 ? ends : [first])
    for (let grown = true; grown; ) {
      const before = seen.size
      for (const [from, to] of transitions) if (seen.has(to)) seen.add(from)
      grown = seen.size > before
    }

    expect(statuses.filter((status) => !seen.has(status))).toEqual([])
  })
})

test('an end of an execution is final: no step leaves it', () => {
  expect(transitions.filter(([from]) => isTerminal(from))).toEqual([])
})

test('every end of an execution is reached from the start', () => {
  const seen = new Set<string>(['requested'])
  for (let grown = true; grown; ) {
    const before = seen.size
    for (const [from, to] of transitions) if (seen.has(from)) seen.add(to)
    grown = seen.size > before
  }

  expect(terminalStatuses.filter((status) => !seen.has(status))).toEqual([])
  expect(transitions.filter(([from]) => !seen.has(from)).map(([from]) => from)).toEqual([
    'scheduling', // a row that a hand has left so
    'scheduling',
  ])
})
