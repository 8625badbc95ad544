import { expect, test } from 'vitest'
import { canonicalRuntimeName } from './name.ts'

test.each([
  ['Python', 'python'],
  ['python3', 'python'],
  ['Node.js', 'node'],
  ['NODEJS', 'node'],
  ['node', 'node'],
  ['bash', 'shell'],
  [' sh ', 'shell'],
  ['Shell', 'shell'],
  ['builtin', 'native'],
  ['standalone', 'native'],
  ['rb', 'ruby'],
  ['golang', 'go'],
  ['openjdk', 'java'],
  ['jdk', 'java'],
  ['perl5', 'perl'],
  ['Rscript', 'r'],
  ['Elixir', 'elixir'],
  ['constructor', 'constructor'],
])('the runtime %j is called %j', (given, expected) => {
  expect(canonicalRuntimeName(given)).toBe(expected)
})
