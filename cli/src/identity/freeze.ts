import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { findIdentity } from './identity.ts'

/** `attune identity freeze LOGIN` */
export function identityFreeze(shell: Shell): Command {
  return turning(shell, 'freeze', 'let an identity in no more; what it has stays', 'is frozen')
}

/** `attune identity unfreeze LOGIN` */
export function identityUnfreeze(shell: Shell): Command {
  return turning(shell, 'unfreeze', 'let a frozen identity in again', 'is no longer frozen')
}

function turning(shell: Shell, verb: 'freeze' | 'unfreeze', description: string, done: string): Command {
  return new Command(verb)
    .description(description)
    .argument('<login>', 'login or id')
    .action(async (name: string) => {
      const { client, out } = await shell.open()
      const { id, login } = await findIdentity(client, name)
      const answer = await dataOf(
        client.POST(`/api/v1/identities/{id}/${verb}`, { params: { path: { id } } }),
      )
      out.outcome(answer, `Identity ${login} ${done}.`)
    })
}
