import { expect, test } from 'vitest'
import { sql } from './sql.ts'
import { matches } from './wildcard.ts'

const column = sql`ref`

test('without a star the text must be equal', () => {
  expect(matches(column, 'core.echo_100%')).toMatchObject({ text: 'ref = $1', values: ['core.echo_100%'] })
})

test.each([
  ['core.*', 'core.%'],
  ['**a***b', '%a%b'],
  ['10%_*', '10\\%\\_%'],
  ['back\\*', 'back\\\\%'],
])('%s is the pattern %s', (given, expected) => {
  expect(matches(column, given)).toMatchObject({ text: 'ref like $1', values: [expected] })
})
