import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'
import { findIdentity } from './identity.ts'

/** `attune identity delete LOGIN` */
export function identityDelete(shell: Shell): Command {
  return new Command('delete')
    .description('delete an identity with its roles, permissions and tokens')
    .argument('<login>', 'login or id')
    .option('--yes', 'do not ask')
    .action(async (name: string, { yes }: { yes?: boolean }) => {
      const { client, out } = await shell.open()
      const { id, login } = await findIdentity(client, name)
      if (!(await confirmed(`Delete identity ${login}?`, { yes, format: out.format }, shell.terminal))) return
      const answer = await dataOf(client.DELETE('/api/v1/identities/{id}', { params: { path: { id } } }))
      out.outcome(answer, `Identity ${login} is deleted.`)
    })
}
