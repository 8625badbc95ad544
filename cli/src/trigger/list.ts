import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { triggers } from './trigger.ts'

type Options = ListOptions & { pack?: string }

/** `attune trigger list` */
export function triggerList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list triggers')
    .option('--pack <ref>', 'only triggers of this pack')
    .action(async (options: Options) => {
      const query = { pack_ref: options.pack }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/triggers', { params: { query: { ...query, ...paged } } }),
        triggers,
        options,
      )
    })
}
