import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { give, holding, naming, requireSome, take, type Wanted } from './roles-and-sets.ts'
import { findIdentity, identities } from './identity.ts'

/** `attune identity assign LOGIN` */
export function identityAssign(shell: Shell): Command {
  return naming(new Command('assign'))
    .description('give an identity roles and permission sets')
    .argument('<login>', 'login or id')
    .action(async (name: string, wanted: Wanted) => {
      requireSome(wanted)
      const { client, out } = await shell.open()
      const { id } = await findIdentity(client, name)
      out.done(await give(client, id, wanted), identities, holding)
    })
}

/** `attune identity unassign LOGIN` */
export function identityUnassign(shell: Shell): Command {
  return naming(new Command('unassign'))
    .description('take roles and permission sets from an identity')
    .argument('<login>', 'login or id')
    .action(async (name: string, wanted: Wanted) => {
      requireSome(wanted)
      const { client, out } = await shell.open()
      out.done(await take(client, name, wanted), identities, holding)
    })
}
