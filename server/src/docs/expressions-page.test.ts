import { expect, test } from 'vitest'
import { functionNames } from '../expressions/builtin.ts'
import { eachNames } from '../expressions/expression.ts'
import { functionGroups } from '../expressions/function-docs.ts'
import { resultOf } from './expressions-page.ts'

const documented = functionGroups.flatMap(({ functions }) => Object.entries(functions))

test('every function is documented, and no other', () => {
  const names = [...new Set([...functionNames, ...eachNames])]
  expect(documented.map(([name]) => name).toSorted()).toEqual(names.toSorted())
})

test.each(documented)('%s has examples that use it', (name, { signature, examples }) => {
  expect(signature).toContain(`${name}(`)
  expect(examples.length).toBeGreaterThan(0)
  for (const example of examples) expect(resultOf(example)).not.toBe('')
})
