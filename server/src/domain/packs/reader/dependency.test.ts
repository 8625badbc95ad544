import { expect, test } from 'vitest'
import { parsePackDependency, parseRuntimeDependency } from './dependency.ts'

test.each([
  ['core', { ref: 'core', range: '*' }],
  ['core@1.2.0', { ref: 'core', range: '1.2.0' }],
  ['core@>=1.0.0', { ref: 'core', range: '>=1.0.0' }],
  [' core@>=1.0.0,<2.0.0 ', { ref: 'core', range: '>=1.0.0 <2.0.0' }],
  ['core@^1.2', { ref: 'core', range: '>=1.2.0 <2.0.0-0' }],
  ['core@', undefined],
  ['core@soon', undefined],
  ['Core', undefined],
  ['core.echo', undefined],
  ['', undefined],
])('the pack dependency %j', (text, expected) => {
  const parsed = parsePackDependency(text)

  expect(parsed && { ref: parsed.ref, range: parsed.range }).toEqual(expected)
})

test.each([
  ['shell', { runtime: 'shell', constraint: null }],
  ['core.python', { runtime: 'core.python', constraint: null }],
  ['Node.js >=18', { runtime: 'node.js', constraint: '>=18' }],
  ['python>=3.8,<4.0', { runtime: 'python', constraint: '>=3.8,<4.0' }],
  ['python>=soon', undefined],
  ['python 3', undefined],
  ['', undefined],
])('the runtime dependency %j', (text, expected) => {
  expect(parseRuntimeDependency(text)).toEqual(expected)
})
