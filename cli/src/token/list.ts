import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { integrationTokens, tokensPath } from './token.ts'

/** `attune token list` */
export function tokenList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list the integration tokens of an account, newest first')
    .option('--identity-id <id>', 'account (default: yours)', positiveInteger('an account id'))
    .action(async ({ identityId, ...options }: ListOptions & { identityId?: number }) => {
      const session = await shell.open()
      const path = await tokensPath(session.client, identityId)
      await printList(session, { path, view: integrationTokens }, options)
    })
}
