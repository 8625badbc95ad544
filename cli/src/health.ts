import { Command } from 'commander'
import type { View } from './output/view.ts'
import { maybeText, row, text } from './row.ts'
import type { Shell } from './shell.ts'

type Health = { status: string; version: string | undefined; database: string | undefined }

/** `attune health`: asks the API how it is; needs no login. */
export function health(shell: Shell): Command {
  return new Command('health').description('ask the API whether it is well').action(async () => {
    const { client, out } = await shell.open()
    const { status, body } = await client.probe('/health/detailed')
    out.item(body, healthView(client.url))
    if (status !== 200) shell.finish('unavailable')
  })
}

function healthView(url: string): View<Health> {
  return {
    read(value) {
      const health = row(value)
      return {
        status: text(health, 'status'),
        version: maybeText(health, 'version'),
        database: maybeText(health, 'database'),
      }
    },
    key: ({ status }) => status,
    columns: [],
    details: ({ status, version, database }) => [
      ['API', url],
      ['Status', status],
      ['Version', version ?? ''],
      ['Database', database ?? ''],
    ],
  }
}
