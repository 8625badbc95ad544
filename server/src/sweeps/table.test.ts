import { expect, test } from 'vitest'
import { SensorProcess } from '../domain/definition/sensor/processes.ts'
import { executionStatuses, isTerminal } from '../domain/flow/execution/status.ts'
import { sweptStatesOf, sweepNames } from './table.ts'

const states = sweepNames.flatMap((name) => sweptStatesOf(name).map(({ state }) => state))

test.each(executionStatuses.filter((status) => !isTerminal(status)))(
  'a sweep sees to executions that are %s',
  (status) => {
    expect(states).toContain(`execution \`${status}\``)
  },
)

test('a sweep sees to sensor processes in every status that does not last', () => {
  const { enum: statuses }: { enum: string[] } = JSON.parse(JSON.stringify(SensorProcess.properties.status))
  const passing = statuses.filter((status) => status !== 'stopped' && status !== 'failed')

  expect(passing.length).toBeGreaterThan(2)
  expect(passing.filter((status) => !states.includes(`sensor process \`${status}\``))).toEqual([])
})

test('every state has an owner, a deadline and something that is done', () => {
  const cares = sweepNames.flatMap((name) => sweptStatesOf(name))

  expect(
    cares.filter(({ owner, deadline, does, exempt }) => [owner, deadline, does, exempt].includes('')),
  ).toEqual([])
})
