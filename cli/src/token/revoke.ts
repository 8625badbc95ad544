import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { accountOf, integrationTokens } from './token.ts'

type Options = { reason?: string; identityId?: number }

/** `attune token revoke ID` */
export function tokenRevoke(shell: Shell): Command {
  return new Command('revoke')
    .description('end an integration token and every session that began with it')
    .argument('<token-id>', 'id of the token', positiveInteger('a token id'))
    .option('--reason <text>', 'why; it is kept')
    .option('--identity-id <id>', 'account of the token (default: yours)', positiveInteger('an account id'))
    .action(async (id: number, { reason, identityId }: Options) => {
      const { client, out } = await shell.open()
      const revoked = await dataOf(
        client.POST('/api/v1/identities/{id}/integration-tokens/{token_id}/revoke', {
          params: { path: { id: await accountOf(client, identityId), token_id: id } },
          body: reason === undefined ? {} : { reason },
        }),
      )
      out.done(revoked, integrationTokens, ({ label }) => `The token '${label}' opens nothing any more.`)
    })
}
