import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { objectOption } from '../input.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import type { Shell } from '../shell.ts'
import { findIdentity, identities } from './identity.ts'
import { newPassword, type PasswordOptions, takingPassword } from './new-password.ts'

type Options = PasswordOptions & { name?: string; attributes?: string }

/** `attune identity update LOGIN` */
export function identityUpdate(shell: Shell): Command {
  return takingPassword(new Command('update'))
    .description('change the name, password or attributes of an identity')
    .argument('<login>', 'login or id')
    .option('--name <name>', 'name to be shown')
    .option('--attributes <json>', 'attributes as a JSON object, or @file; they replace those that are there')
    .action(async (login: string, { name, attributes, ...passwords }: Options) => {
      const { client, out } = await shell.open()
      const body: Schemas['UpdateIdentity'] = {}
      if (name !== undefined) body.display_name = name
      if (attributes !== undefined)
        body.attributes = await objectOption(attributes, '--attributes', shell.terminal)
      const password = await newPassword(passwords, login, shell.terminal)
      if (password !== undefined) body.password = password
      if (Object.keys(body).length === 0)
        throw new Failure('usage', 'Say what to change: --name, --attributes or one of the password options.')
      const { id } = await findIdentity(client, login)
      const changed = await dataOf(client.PUT('/api/v1/identities/{id}', { params: { path: { id } }, body }))
      out.done(changed, identities, (identity) => `Identity ${identity.login} is changed.`)
    })
}
