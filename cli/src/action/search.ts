import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { View } from '../output/view.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import type { Shell } from '../shell.ts'

type Options = ListOptions & { pack?: string }

const hits: View<Schemas['ActionHit']> = {
  key: 'ref',
  columns: [
    ['Ref', 'ref'],
    ['Pack', 'pack_ref'],
    ['Label', 'label'],
    ['Runtime', ({ is_workflow, runtime_ref }) => (is_workflow ? 'workflow' : runtime_ref)],
    ['Description', ({ description }) => description],
  ],
}

/** `attune action search QUERY` */
export function actionSearch(shell: Shell): Command {
  return pageable(new Command('search'))
    .description('find actions by words in their ref, label and description')
    .argument('[words]', 'what to look for')
    .option('--pack <ref>', 'only actions of this pack')
    .action(async (words: string | undefined, options: Options) => {
      const query = { q: words, packs: options.pack }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/actions/search', { params: { query: { ...query, ...paged } } }),
        hits,
        options,
      )
    })
}
