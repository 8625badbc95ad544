import { answerOf } from '@attune/client/dist/answer.js'
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
        return printList(
          session.out,
          (paged) => session.client.GET(path, { params: { path: { ref }, query: paged } }),
          environments,
          options,
        )
      const { data: rows } = await answerOf(
        session.client.GET(path, { params: { path: { ref }, query: { per_page: 1000 } } }),
      )
      for (const environment of rows) session.out.item(environment, environments)
    })
}
