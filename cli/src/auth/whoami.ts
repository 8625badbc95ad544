import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import type { View } from '../output/view.ts'
import { integer, maybeText, row, text, texts } from '../row.ts'
import type { Shell } from '../shell.ts'

type CurrentUser = {
  id: number
  login: string
  display_name: string | undefined
  auth_provider: string | undefined
  assigned_permission_set_refs: string[]
}

/** `attune whoami`: who the server takes the caller for. */
export function whoami(shell: Shell): Command {
  return new Command('whoami').description('show who is logged in').action(async () => {
    const { client, out, settings } = await shell.open()
    out.item(await client.get('/auth/me'), currentUser(client.url, settings.profile))
  })
}

function currentUser(url: string, profile: string): View<CurrentUser> {
  return {
    read(value) {
      const user = row<Schemas['Profile']>(value)
      return {
        id: integer(user, 'id'),
        login: text(user, 'login'),
        display_name: maybeText(user, 'display_name'),
        auth_provider: maybeText(user, 'auth_provider'),
        assigned_permission_set_refs: texts(user, 'assigned_permission_set_refs'),
      }
    },
    key: ({ login }) => login,
    columns: [],
    details: (user) => [
      ['ID', String(user.id)],
      ['Login', user.login],
      ['Display Name', user.display_name ?? ''],
      ['Provider', user.auth_provider ?? ''],
      ['Permission Sets', user.assigned_permission_set_refs.join(', ')],
      ['API', url],
      ['Profile', profile],
    ],
  }
}
