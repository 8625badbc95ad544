import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { findIdentity, identities } from './identity.ts'

/** `attune identity get LOGIN` */
export function identityGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show an identity with its roles and permission sets')
    .argument('<login>', 'login or id')
    .action(async (name: string) => {
      const { client, out } = await shell.open()
      const { id } = await findIdentity(client, name)
      out.item(await dataOf(client.GET('/api/v1/identities/{id}', { params: { path: { id } } })), identities)
    })
}
