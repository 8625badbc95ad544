import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import type { Api } from '@attune/client/dist/api.js'
import { Failure } from '../failure.ts'
import { positiveInteger } from '../input.ts'
import { printList } from '../listing.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'
import { findIdentity } from './identity.ts'

const sessions: View<Schemas['SessionDetail']> = {
  key: 'id',
  columns: [
    ['ID', ({ id, current }) => (current ? `${id} (this one)` : id)],
    ['By', ({ provider, integration_token_label }) => integration_token_label ?? provider],
    ['From', 'client_ip'],
    ['Program', ({ user_agent }) => user_agent],
    ['Began', ({ created }) => when(created)],
    ['Last used', ({ last_used_at }) => when(last_used_at)],
    ['Expires', ({ expires_at }) => when(expires_at)],
  ],
}

/** `attune identity sessions [LOGIN]` and `attune identity sessions end ID` */
export function identitySessions(shell: Shell): Command {
  return new Command('sessions')
    .description('list the sessions of an identity, or end them')
    .argument('[login]', 'login or id (default: you)')
    .action(async (name: string | undefined) => {
      const session = await shell.open()
      if (name === undefined)
        return printList(
          session.out,
          (paged) => session.client.GET('/auth/sessions', { params: { query: paged } }),
          sessions,
          { all: true },
        )
      const { id } = await findIdentity(session.client, name)
      const path = '/api/v1/identities/{id}/sessions'
      return printList(
        session.out,
        (paged) => session.client.GET(path, { params: { path: { id }, query: paged } }),
        sessions,
        { all: true },
      )
    })
    .addCommand(end(shell))
}

type Options = { all?: boolean; of?: string }

function end(shell: Shell): Command {
  return new Command('end')
    .description('end a session, or all of them')
    .argument('[id]', 'id of the session', positiveInteger('a session id'))
    .option('--all', 'every session, yours too where they are yours')
    .option('--of <login>', 'login or id of the identity (default: you)')
    .action(async (session: number | undefined, { all, of }: Options) => {
      if ((session === undefined) === (all !== true))
        throw new Failure('usage', 'Name the id of a session, or --all.')
      const { client, out } = await shell.open()
      const identity = of === undefined ? undefined : (await findIdentity(client, of)).id
      const answer = await ended(client, identity, session)
      out.outcome(answer, answer.message)
    })
}

function ended(
  client: Api,
  id: number | undefined,
  session_id: number | undefined,
): Promise<{ success: boolean; message: string }> {
  if (id === undefined)
    return session_id === undefined
      ? dataOf(client.DELETE('/auth/sessions'))
      : dataOf(client.DELETE('/auth/sessions/{session_id}', { params: { path: { session_id } } }))
  return session_id === undefined
    ? dataOf(client.DELETE('/api/v1/identities/{id}/sessions', { params: { path: { id } } }))
    : dataOf(
        client.DELETE('/api/v1/identities/{id}/sessions/{session_id}', {
          params: { path: { id, session_id } },
        }),
      )
}
