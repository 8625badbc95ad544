import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { actions } from './action.ts'

type Options = ListOptions & { pack?: string; executable?: boolean }

/** `attune action list` */
export function actionList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list actions')
    .option('--pack <ref>', 'only actions of this pack')
    .option('--executable', 'only actions that you may run')
    .action(async (options: Options) => {
      const query = { pack_ref: options.pack, executable_with_current_access: options.executable }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/actions', { params: { query: { ...query, ...paged } } }),
        actions,
        options,
      )
    })
}
