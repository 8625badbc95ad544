import { notTheApi } from '@attune/client/dist/unreachable.js'
import { Command } from 'commander'
import type { View } from './output/view.ts'
import type { Shell } from './shell.ts'

/** `attune health`: asks the API how it is; needs no login. */
export function health(shell: Shell): Command {
  return new Command('health').description('ask the API whether it is well').action(async () => {
    const { client, out } = await shell.open()
    const fetch = client.sending({ anonymous: true, impatient: true })
    const { data, error, response } = await client.GET('/health/detailed', { fetch })
    const found = data ?? error
    if (!('status' in found)) throw notTheApi(`${client.url} does not say how it is`)
    out.item(found, healthView(client.url))
    if (!response.ok) shell.finish('unavailable')
  })
}

function healthView(url: string): View<{ status: string; version?: string; database: string }> {
  return {
    key: 'status',
    columns: [
      ['API', () => url],
      ['Status', 'status'],
      ['Version', ({ version }) => version ?? null],
      ['Database', 'database'],
    ],
  }
}
