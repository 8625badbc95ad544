import type { Schemas } from '@attune/client/dist/requests.js'
import type { Client } from '../client.ts'
import type { Cell } from '../output/table.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { flag, integer, maybeText, row, text } from '../row.ts'

export type IntegrationToken = {
  id: number
  identity_id: number
  label: string
  description: string | undefined
  shown: string
  active: boolean
  expires_at: string | undefined
  last_used_at: string | undefined
  last_used_ip: string | undefined
  revoked_at: string | undefined
  revocation_reason: string | undefined
  created: string
}

function read(value: unknown): IntegrationToken {
  const token = row<Schemas['IntegrationTokenDetail']>(value)
  return {
    id: integer(token, 'id'),
    identity_id: integer(token, 'identity_id'),
    label: text(token, 'label'),
    description: maybeText(token, 'description'),
    shown: `${text(token, 'token_prefix')}…${text(token, 'token_suffix')}`,
    active: flag(token, 'active'),
    expires_at: maybeText(token, 'expires_at'),
    last_used_at: maybeText(token, 'last_used_at'),
    last_used_ip: maybeText(token, 'last_used_ip'),
    revoked_at: maybeText(token, 'revoked_at'),
    revocation_reason: maybeText(token, 'revocation_reason'),
    created: text(token, 'created'),
  }
}

export const integrationTokens: View<IntegrationToken> = {
  read,
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Label', ({ label }) => label],
    ['Token', ({ shown }) => shown],
    ['Active', ({ active }) => activeCell(active)],
    ['Expires', ({ expires_at }) => moment(expires_at, 'never')],
    ['Last used', ({ last_used_at }) => moment(last_used_at, 'never')],
  ],
  details,
}

/** A token that was just made, with its secret, which is all that `--quiet` prints. */
export const newToken: View<IntegrationToken & { secret: string }> = {
  read(value) {
    const { token, integration_token } = row<Schemas['NewIntegrationToken']>(value)
    return { ...read(integration_token), secret: text({ token: token ?? null }, 'token') }
  },
  key: ({ secret }) => secret,
  columns: [],
  details: (token) => [['Token', token.secret], ...details(token)],
}

function details(token: IntegrationToken): [string, Cell][] {
  const rows: [string, Cell | undefined][] = [
    ['Token ID', String(token.id)],
    ['Identity ID', String(token.identity_id)],
    ['Label', token.label],
    ['Description', token.description],
    ['Active', activeCell(token.active)],
    ['Created', when(token.created)],
    ['Expires', moment(token.expires_at, 'never')],
    ['Last used', moment(token.last_used_at, 'never')],
    ['From', token.last_used_ip],
    ['Revoked', token.revoked_at === undefined ? undefined : when(token.revoked_at)],
    ['Reason', token.revocation_reason],
  ]
  return rows.flatMap(([title, cell]): [string, Cell][] => (cell === undefined ? [] : [[title, cell]]))
}

function activeCell(active: boolean): Cell {
  return active ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'red' }
}

function moment(at: string | undefined, otherwise: string): Cell {
  return at === undefined ? otherwise : when(at)
}

/** Whose tokens: your own unless another account is named. */
export async function accountOf(client: Client, identity: number | undefined): Promise<number> {
  return identity ?? (await client.get('/auth/me')).id
}
