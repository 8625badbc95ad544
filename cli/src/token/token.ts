import { dataOf } from '@attune/client/dist/answer.js'
import type { Api } from '@attune/client/dist/api.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { when } from '../output/time.ts'
import { type Column, shownOf, type View } from '../output/view.ts'

type IntegrationToken = Schemas['IntegrationTokenDetail']

export const integrationTokens: View<IntegrationToken> = {
  key: 'id',
  columns: [
    ['ID', 'id', 'list'],
    ['Token ID', 'id', 'details'],
    ['Identity ID', 'identity_id', 'details'],
    ['Label', 'label'],
    ['Description', ({ description }) => description ?? undefined, 'details'],
    ['Token', ({ token_prefix, token_suffix }) => `${token_prefix}…${token_suffix}`, 'list'],
    ['Active', ({ active }) => (active ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'red' })],
    ['Created', ({ created }) => when(created), 'details'],
    ['Expires', ({ expires_at }) => when(expires_at) || 'never'],
    ['Last used', ({ last_used_at }) => when(last_used_at) || 'never'],
    ['From', ({ last_used_ip }) => last_used_ip ?? undefined, 'details'],
    ['Revoked', ({ revoked_at }) => when(revoked_at) || undefined, 'details'],
    ['Reason', ({ revocation_reason }) => revocation_reason ?? undefined, 'details'],
  ],
}

/** A token that was just made, with its secret, which is all that `--quiet` prints. */
export const newToken: View<Schemas['NewIntegrationToken']> = {
  key: 'token',
  columns: [['Token', 'token'], ...integrationTokens.columns.flatMap(ofNewToken)],
}

function ofNewToken([title, value, where]: Column<IntegrationToken>): Column<
  Schemas['NewIntegrationToken']
>[] {
  if (where === 'list') return []
  return [[title, ({ integration_token }) => shownOf(integration_token, value)]]
}

/** Whose tokens: your own unless another account is named. */
export async function accountOf(client: Api, identity: number | undefined): Promise<number> {
  return identity ?? (await dataOf(client.GET('/auth/me'))).id
}
