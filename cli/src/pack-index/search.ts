import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { indexedPacks } from './indexed-pack.ts'

type Options = ListOptions & { registry?: number }

/** `attune pack search KEYWORD` */
export function packSearch(shell: Shell): Command {
  return searching(
    shell,
    new Command('search').argument('<keyword>', 'text in ref, label, description or keywords'),
  )
}

/** `attune pack index browse QUERY?` */
export function packIndexBrowse(shell: Shell): Command {
  return searching(
    shell,
    new Command('browse').argument('[query]', 'text in ref, label, description or keywords'),
  )
}

function searching(shell: Shell, command: Command): Command {
  return pageable(command)
    .description('list packs that the indexes have')
    .option('-r, --registry <id>', 'only those of this index', positiveInteger('the id of an index'))
    .action(async (q: string | undefined, { registry, ...options }: Options) => {
      const query = { q, registry_id: registry }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/pack-indices/packs', { params: { query: { ...query, ...paged } } }),
        indexedPacks,
        options,
      )
    })
}
