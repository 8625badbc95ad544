import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseVersion } from './choose-version.ts'
import { parseConstraint, satisfies } from '../form/version.ts'

const versions = [{ version: '3.11' }, { version: '3.12' }, { version: '3.13' }]
const offered = ['3.13.1', '3.11.7']

test.each([
  [null, { kind: 'base' }],
  ['  ', { kind: 'base' }],
  ['3.11', { kind: 'version', version: { version: '3.11' } }],
  ['>=3.11', { kind: 'version', version: { version: '3.13' } }],
  ['>=3.11.5,<3.12', { kind: 'version', version: { version: '3.11' } }],
])('%j is run by what is there and fits best', (constraint, chosen) => {
  expect(chooseVersion(versions, { constraint, offered })).toEqual(chosen)
})

test('a version that fits and that nobody has described is the runtime itself', () => {
  expect(chooseVersion(versions, { constraint: '>=3.14', offered: ['3.14.0', '3.13.1'] })).toEqual({
    kind: 'base',
  })
})

test.each(['>=3.12.4,<3.13', '3.12', 'newest'])('%j is refused with what there is', (constraint) => {
  expect(chooseVersion(versions, { constraint, offered })).toEqual({
    kind: 'none',
    reason: `no version satisfies '${constraint}'; found here: 3.13.1, 3.11.7`,
  })
})

test('what is chosen stands for a version that was found here and satisfies', () => {
  const number = fc.integer({ min: 0, max: 4 })
  const found = fc.array(
    fc.tuple(number, number).map(([minor, patch]) => `3.${minor}.${patch}`),
    { maxLength: 5 },
  )
  const described = fc.uniqueArray(number.map((minor) => `3.${minor}`))
  const constraint = fc
    .tuple(fc.constantFrom('', '>=', '<', '^', '~', '='), number)
    .map(([sign, n]) => `${sign}3.${n}`)

  fc.assert(
    fc.property(described, found, constraint, (names, there, text) => {
      const chosen = chooseVersion(
        names.map((version) => ({ version })),
        { constraint: text, offered: there },
      )
      const fitting = there.filter((one) => satisfies(one, parseConstraint(text) ?? { text: '', parts: [] }))
      expect(chosen.kind === 'none').toBe(fitting.length === 0)
      if (chosen.kind !== 'version') return
      expect(fitting.some((one) => one.startsWith(`${chosen.version.version}.`))).toBe(true)
    }),
  )
})
