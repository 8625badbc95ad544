import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { packs } from './pack.ts'

/** `attune pack get REF` */
export function packGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a pack')
    .argument('<ref>', 'pack, like core')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/packs/{ref}', { params: { path: { ref } } })), packs)
    })
}
