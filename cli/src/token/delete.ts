import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'
import { accountOf } from './token.ts'

type Options = { yes?: boolean; identityId?: number }

/** `attune token delete ID` */
export function tokenDelete(shell: Shell): Command {
  return new Command('delete')
    .description('end an integration token and forget that it was there')
    .argument('<token-id>', 'id of the token', positiveInteger('a token id'))
    .option('--yes', 'do not ask')
    .option('--identity-id <id>', 'account of the token (default: yours)', positiveInteger('an account id'))
    .action(async (id: number, { yes, identityId }: Options) => {
      const { client, out } = await shell.open()
      if (!(await confirmed(`Delete token ${id}?`, { yes, format: out.format }, shell.terminal))) return
      const answer = await dataOf(
        client.DELETE('/api/v1/identities/{id}/integration-tokens/{token_id}', {
          params: { path: { id: await accountOf(client, identityId), token_id: id } },
        }),
      )
      out.outcome(answer, `Token ${id} is deleted.`)
    })
}
