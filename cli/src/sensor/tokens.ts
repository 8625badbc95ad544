import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { printList } from '../listing.ts'
import { when } from '../output/time.ts'
import type { View } from '../output/view.ts'
import { integer, maybeText, row, text } from '../row.ts'
import type { Shell } from '../shell.ts'

type SensorToken = {
  id: number
  made_by: string
  of: string | undefined
  created: string
  renewed_at: string | undefined
  expires_at: string
}

const tokens: View<SensorToken> = {
  read(value) {
    const token = row<Schemas['SensorTokenDetail']>(value)
    return {
      id: integer(token, 'id'),
      made_by: text(token, 'made_by'),
      of: maybeText(token, 'worker_name') ?? maybeText(token, 'requested_by_login'),
      created: text(token, 'created'),
      renewed_at: maybeText(token, 'renewed_at'),
      expires_at: text(token, 'expires_at'),
    }
  },
  key: ({ id }) => String(id),
  columns: [
    ['ID', ({ id }) => String(id)],
    ['Made by', ({ made_by, of }) => (of === undefined ? made_by : `${made_by} ${of}`)],
    ['Created', ({ created }) => when(created)],
    ['Renewed', ({ renewed_at }) => (renewed_at === undefined ? '' : when(renewed_at))],
    ['Expires', ({ expires_at }) => when(expires_at)],
  ],
  details: () => [],
}

/** `attune sensor tokens REF` and `attune sensor tokens revoke REF ID` */
export function sensorTokens(shell: Shell): Command {
  return new Command('tokens')
    .description('list the tokens of a sensor that are valid, or end one')
    .argument('<ref>', 'sensor')
    .action(async (ref: string) => {
      const path = '/api/v1/sensors/{ref}/tokens'
      return printList(await shell.open(), { path, at: { ref }, view: tokens }, { all: true })
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
      const answer = await client.delete('/api/v1/sensors/{ref}/tokens/{token_id}', { path })
      out.notice(answer.message)
      if (out.format !== 'table' && !out.quiet) out.value(answer)
    })
}
