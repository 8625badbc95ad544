import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { printList } from '../listing.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'

type SensorToken = Schemas['SensorTokenDetail']

const tokens: View<SensorToken> = {
  key: 'id',
  columns: [
    ['ID', 'id'],
    ['Made by', makerOf],
    ['Created', ({ created }) => when(created)],
    ['Renewed', ({ renewed_at }) => when(renewed_at)],
    ['Expires', ({ expires_at }) => when(expires_at)],
  ],
}

function makerOf({ made_by, worker_name, requested_by_login }: SensorToken): string {
  const name = worker_name ?? requested_by_login
  return name === null ? made_by : `${made_by} ${name}`
}

/** `attune sensor tokens REF` and `attune sensor tokens revoke REF ID` */
export function sensorTokens(shell: Shell): Command {
  return new Command('tokens')
    .description('list the tokens of a sensor that are valid, or end one')
    .argument('<ref>', 'sensor')
    .action(async (ref: string) => {
      const path = '/api/v1/sensors/{ref}/tokens'
      const { client, out } = await shell.open()
      return printList(
        out,
        (paged) => client.GET(path, { params: { path: { ref }, query: paged } }),
        tokens,
        { all: true },
      )
    })
    .addCommand(revoke(shell))
}

function revoke(shell: Shell): Command {
  return new Command('revoke')
    .description('end a token of a sensor at once')
    .argument('<ref>', 'sensor')
    .argument('<id>', 'id of the token', positiveInteger('a token id'))
    .action(async (ref: string, token_id: number) => {
      const { client, out } = await shell.open()
      const path = { ref, token_id }
      const answer = await dataOf(
        client.DELETE('/api/v1/sensors/{ref}/tokens/{token_id}', { params: { path } }),
      )
      out.outcome(answer, answer.message)
    })
}
