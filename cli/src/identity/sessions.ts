import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { positiveInteger } from '../input.ts'
import { printList } from '../listing.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, integer, maybeText, row, text } from '../row.ts'
import type { Shell } from '../shell.ts'
import { findIdentity } from './identity.ts'

type OpenSession = {
  id: number
  provider: string
  integration_token: string | undefined
  client_ip: string
  user_agent: string | undefined
  current: boolean
  created: string
  last_used_at: string
  expires_at: string
}

const sessions: View<OpenSession> = {
  read(value) {
    const session = row<Schemas['SessionDetail']>(value)
    return {
      id: integer(session, 'id'),
      provider: text(session, 'provider'),
      integration_token: maybeText(session, 'integration_token_label'),
      client_ip: text(session, 'client_ip'),
      user_agent: maybeText(session, 'user_agent'),
      current: flag(session, 'current'),
      created: text(session, 'created'),
      last_used_at: text(session, 'last_used_at'),
      expires_at: text(session, 'expires_at'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id, current }) => (current ? `${id} (this one)` : String(id))],
    ['By', ({ provider, integration_token }) => integration_token ?? provider],
    ['From', ({ client_ip }) => client_ip],
    ['Program', ({ user_agent }) => user_agent ?? ''],
    ['Began', ({ created }) => when(created)],
    ['Last used', ({ last_used_at }) => when(last_used_at)],
    ['Expires', ({ expires_at }) => when(expires_at)],
  ],
  details: () => [],
}

/** `attune identity sessions [LOGIN]` and `attune identity sessions end ID` */
export function identitySessions(shell: Shell): Command {
  return new Command('sessions')
    .description('list the sessions of an identity, or end them')
    .argument('[login]', 'login or id (default: you)')
    .action(async (name: string | undefined) => {
      const session = await shell.open()
      const listing = { view: sessions, path: '/auth/sessions' } as const
      if (name === undefined) return printList(session, listing, { all: true })
      const { id } = await findIdentity(session.client, name)
      const path = '/api/v1/identities/{id}/sessions'
      return printList(session, { path, at: { id }, view: sessions }, { all: true })
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
      out.notice(answer.message)
      if (out.format !== 'table' && !out.quiet) out.value(answer)
    })
}

function ended(
  client: Client,
  id: number | undefined,
  session_id: number | undefined,
): Promise<{ success: boolean; message: string }> {
  if (id === undefined)
    return session_id === undefined
      ? client.delete('/auth/sessions')
      : client.delete('/auth/sessions/{session_id}', { path: { session_id } })
  return session_id === undefined
    ? client.delete('/api/v1/identities/{id}/sessions', { path: { id } })
    : client.delete('/api/v1/identities/{id}/sessions/{session_id}', { path: { id, session_id } })
}
