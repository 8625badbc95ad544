import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { runtimes } from './runtime.ts'

/** `attune runtime list` */
export function runtimeList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list runtimes')
    .action(async (options: ListOptions) => {
      await printList(await shell.open(), { path: '/api/v1/runtimes', view: runtimes }, options)
    })
}
