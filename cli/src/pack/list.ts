import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { packs } from './pack.ts'

/** `attune pack list` */
export function packList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list packs')
    .action(async (options: ListOptions) => {
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/packs', { params: { query: paged } }),
        packs,
        options,
      )
    })
}
