import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { integrationTokens, accountOf } from './token.ts'

/** `attune token list` */
export function tokenList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list the integration tokens of an account, newest first')
    .option('--identity-id <id>', 'account (default: yours)', positiveInteger('an account id'))
    .action(async ({ identityId, ...options }: ListOptions & { identityId?: number }) => {
      const session = await shell.open()
      const id = await accountOf(session.client, identityId)
      const path = '/api/v1/identities/{id}/integration-tokens'
      await printList(
        session.out,
        (paged) => session.client.GET(path, { params: { path: { id }, query: paged } }),
        integrationTokens,
        options,
      )
    })
}
