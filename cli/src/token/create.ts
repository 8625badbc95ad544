import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { accountOf, newToken } from './token.ts'

type Options = { label: string; description?: string; expiresAt?: string; identityId?: number }

/** `attune token create --label ci` */
export function tokenCreate(shell: Shell): Command {
  return new Command('create')
    .description('make an integration token: a credential for a program that acts as an account')
    .requiredOption('--label <text>', 'what it is for')
    .option('--description <text>', 'more about it')
    .option(
      '--expires-at <time>',
      'from when on it opens nothing, like 2030-01-31T00:00:00Z (default: never)',
    )
    .option(
      '--identity-id <id>',
      'account that it acts as (default: yours)',
      positiveInteger('an account id'),
    )
    .action(async ({ label, description, expiresAt, identityId }: Options) => {
      const expires_at = expiresAt === undefined ? undefined : timeOf(expiresAt)
      const { client, out } = await shell.open()
      const created = await dataOf(
        client.POST('/api/v1/identities/{id}/integration-tokens', {
          params: { path: { id: await accountOf(client, identityId) } },
          body: {
            label,
            ...(description === undefined ? {} : { description }),
            ...(expires_at === undefined ? {} : { expires_at }),
          },
        }),
      )
      out.item(created, newToken)
      out.warn('The token is shown this once. Keep it where only the program reads it.')
    })
}

function timeOf(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime()))
    throw new Failure('usage', `'${text}' is not a time: write it like 2030-01-31T00:00:00Z.`)
  return time.toISOString()
}
