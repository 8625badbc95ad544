import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { environments } from './environment.ts'

/** `attune pack environments REF` */
export function packEnvironments(shell: Shell): Command {
  return pageable(new Command('environments'))
    .alias('envs')
    .description('show how the environments of a pack are on the workers; with --log what their builds said')
    .argument('<ref>', 'pack, like demo')
    .option('--log', 'show each with its error and log')
    .action(async (ref: string, { log, ...options }: ListOptions & { log?: boolean }) => {
      const session = await shell.open()
      const path = '/api/v1/packs/{ref}/environments'
      if (log !== true || session.out.format !== 'table')
        return printList(session, { path, at: { ref }, view: environments }, options)
      const { rows } = await session.client.page(path, { path: { ref }, query: { per_page: 1000 } })
      for (const environment of rows) session.out.item(environment, environments)
    })
}
