import { expect, test } from 'vitest'
import { kindsOf, planOf } from './plan.ts'
import { seeded } from './random.ts'

const options = {
  transport: 'rabbitmq',
  fleet: 'full',
  kinds: kindsOf('rabbitmq'),
  seconds: 6,
  events: 300,
  faults: [4, 8],
} as const

test('a seed makes the same plan every time', () => {
  expect(planOf(7, options)).toEqual(planOf(7, options))
  expect(planOf(7, options)).not.toEqual(planOf(8, options))
})

test('plans keep to the kinds, the number and the time that are asked for', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const { faults } = planOf(seed, { ...options, kinds: ['kill', 'purge'] })

    expect(faults.length).toBeGreaterThanOrEqual(4)
    expect(faults.length).toBeLessThanOrEqual(8)
    for (const { kind, target, at_ms } of faults) {
      expect(kind === 'kill' ? target !== undefined : kind === 'purge' && target === undefined).toBe(true)
      expect(at_ms).toBeLessThanOrEqual(6000)
    }
    expect(faults).toEqual(faults.toSorted((a, b) => a.at_ms - b.at_ms))
  }
})

test('some seeds among a few dozen have each kind', () => {
  const seen = new Set(
    Array.from({ length: 40 }, (_, seed) => planOf(seed, options).faults.map(({ kind }) => kind)).flat(),
  )

  expect([...seen].sort()).toEqual(kindsOf('rabbitmq').sort())
})

test('a broker is not disturbed where there is none', () => {
  expect(kindsOf('postgres').filter((kind) => kind.startsWith('broker') || kind === 'delete_queue')).toEqual(
    [],
  )
})

test('a shuffled list has everything once', () => {
  const list = [1, 2, 3, 4, 5, 6, 7, 8]
  const shuffled = seeded(3).shuffled(list)

  expect(shuffled).not.toEqual(list)
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(list)
})
