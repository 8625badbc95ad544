import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { runtimes } from './runtime.ts'

/** `attune runtime list` */
export function runtimeList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list runtimes')
    .action(async (options: ListOptions) => {
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/runtimes', { params: { query: paged } }),
        runtimes,
        options,
      )
    })
}
