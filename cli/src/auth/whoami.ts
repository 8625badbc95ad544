import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'

/** `attune whoami`: who the server takes the caller for. */
export function whoami(shell: Shell): Command {
  return new Command('whoami').description('show who is logged in').action(async () => {
    const { client, out, settings } = await shell.open()
    out.item(await dataOf(client.GET('/auth/me')), currentUser(client.url, settings.profile))
  })
}

function currentUser(url: string, profile: string): View<Schemas['Profile']> {
  return {
    key: 'login',
    columns: [
      ['ID', 'id'],
      ['Login', 'login'],
      ['Display Name', ({ display_name }) => display_name],
      ['Provider', 'auth_provider'],
      ['Permission Sets', ({ assigned_permission_set_refs }) => assigned_permission_set_refs.join(', ')],
      ['API', () => url],
      ['Profile', () => profile],
    ],
  }
}
