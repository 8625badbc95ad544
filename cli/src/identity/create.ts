import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { objectOption } from '../input.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import type { Shell } from '../shell.ts'
import { give, holding, naming, type Wanted } from './roles-and-sets.ts'
import { identities } from './identity.ts'
import { newPassword, type PasswordOptions, takingPassword } from './new-password.ts'

type Options = PasswordOptions & Wanted & { name?: string; attributes?: string }

/** `attune identity create LOGIN` */
export function identityCreate(shell: Shell): Command {
  return naming(takingPassword(new Command('create')))
    .description(
      'create an identity; without a password it cannot log in, without a role or set it may do nothing',
    )
    .argument('<login>', 'login')
    .option('--name <name>', 'name to be shown')
    .option('--attributes <json>', 'attributes as a JSON object, or @file')
    .action(async (login: string, { name, attributes, role, set, ...passwords }: Options) => {
      const body: Schemas['CreateIdentity'] = { login }
      if (name !== undefined) body.display_name = name
      if (attributes !== undefined)
        body.attributes = await objectOption(attributes, '--attributes', shell.terminal)
      const { client, out } = await shell.open()
      const password = await newPassword(passwords, login, shell.terminal)
      if (password !== undefined) body.password = password
      const { id } = await dataOf(client.POST('/api/v1/identities', { body }))
      const wanted = { ...(role === undefined ? {} : { role }), ...(set === undefined ? {} : { set }) }
      const made =
        Object.keys(wanted).length === 0
          ? await dataOf(client.GET('/api/v1/identities/{id}', { params: { path: { id } } }))
          : await give(client, id, wanted)
      out.done(made, identities, (identity) => `Identity ${login} is created. ${holding(identity)}`)
    })
}
