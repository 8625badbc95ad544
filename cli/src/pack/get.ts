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
      out.item(await client.get('/api/v1/packs/{ref}', { path: { ref } }), packs)
    })
}
