import { expect, test } from 'vitest'
import {
  executionStatuses,
  isTerminal,
  terminalStatuses,
  transitions,
} from '../server/src/domain/flow/execution/status.ts'
import { executionMoves } from './ownership-rules.ts'
import { server, type SourceFile } from './source.ts'
import { writesOf } from './sql.ts'

/*
 * The table of steps (status.ts) and the statements that take them (transitions.ts, recovery.ts) say the same, as far as
 * their text tells. A statement names where it starts in its `where` and where it leads in its `set`; a status
 * that arrives as a value stands for the words of the constant of that name, or for every end.
 */

type Statement = { line: number; from: string[]; to: string[] }

const known: readonly string[] = executionStatuses
const wordsIn = (text: string) =>
  [...text.matchAll(/'([a-z]+)'/g)].map(([, word]) => word ?? '').filter((word) => known.includes(word))

function statementsOf(file: SourceFile): Statement[] {
  return writesOf(file)
    .filter(({ verb, table }) => verb === 'update' && table === 'execution')
    .flatMap(({ line, text, statement }) => {
      const [assignments = '', ...conditions] = text.split(/\b(?=from|where)\b/)
      const assigned = /\bstatus\s*=\s*(?:'([a-z]+)'|\$\{(\w+)\}|[a-z]\.status)/.exec(assignments)
      if (assigned === null) return []
      const to =
        assigned[1] !== undefined
          ? [assigned[1]]
          : assigned[2] !== undefined
            ? constantIn(file, assigned[2], line)
            : [...terminalStatuses]
      return [{ line, from: startsOf(conditions.join(' '), statement.slice(0, -text.length)), to }]
    })
}

/** The statuses that a statement starts from; those of the query it takes its rows from when it names none itself. */
function startsOf(conditions: string, before: string): string[] {
  const named = /\bstatus\s*=\s*'[a-z]+'|\bstatus\s+in\s*\([^)]*\)/g
  const own = [...conditions.matchAll(named)].flatMap(([clause]) => wordsIn(clause))
  if (own.length > 0) return own
  return [...before.matchAll(named)].flatMap(([clause]) => wordsIn(clause))
}

/** `const to: To<…> = 'failed'`, the last one of that name above the statement. */
function constantIn(file: SourceFile, name: string, line: number): string[] {
  const above = file.code.split('\n').slice(0, line).join('\n')
  const [declaration] = [
    ...above.matchAll(new RegExp(String.raw`const ${name}\b[^\n]*=\s*('[a-z]+')`, 'g')),
  ].reverse()
  return wordsIn(declaration?.[1] ?? '')
}

const statements = server.filter(({ path }) => executionMoves.includes(path)).flatMap(statementsOf)
const steps = transitions.map(([from, to]) => `${from} → ${to}`)
const reachable = new Set<string>(['requested', ...transitions.map(([, to]) => to)])

test('every statement that moves an execution says where it starts and where it leads', () => {
  expect(statements.length).toBeGreaterThan(5)
  expect(statements.filter(({ from, to }) => from.length === 0 || to.length === 0)).toEqual([])
})

test('every step that a statement can take is in the table', () => {
  const taken = statements.flatMap(({ line, from, to }) =>
    to.length > 1
      ? from
          .filter((start) => reachable.has(start) && !to.some((end) => steps.includes(`${start} → ${end}`)))
          .map((start) => `line ${line}: ${start} → an end`)
      : from
          .filter((start) => reachable.has(start))
          .flatMap((start) => to.map((end) => ({ line, step: `${start} → ${end}` })))
          .filter(({ step }) => !steps.includes(step))
          .map(({ step }) => `line ${line}: ${step}`),
  )

  expect(taken).toEqual([])
})

test.each(steps)('a statement takes the step %s', (step) => {
  const [start = '', end = ''] = step.split(' → ')

  expect(statements.filter(({ from, to }) => from.includes(start) && to.includes(end))).not.toEqual([])
})

test('an end is final: no step leaves it', () => {
  expect(transitions.filter(([from]) => isTerminal(from))).toEqual([])
})

test('every end is reached from the start', () => {
  const seen = new Set<string>(['requested'])
  for (let grown = true; grown; ) {
    const before = seen.size
    for (const [from, to] of transitions) if (seen.has(from)) seen.add(to)
    grown = seen.size > before
  }

  expect(terminalStatuses.filter((status) => !seen.has(status))).toEqual([])
  expect(transitions.filter(([from]) => !seen.has(from))).toEqual([])
})

test('no step is listed twice', () => {
  const listed = transitions.map((step) => step.join(' '))

  expect(listed.filter((step, index) => listed.indexOf(step) !== index)).toEqual([])
})
