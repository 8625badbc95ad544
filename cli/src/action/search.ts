import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { View } from '../output/view.ts'
import { flag, maybeText, row, text } from '../row.ts'
import type { Schemas } from '@attune/client/dist/requests.js'
import type { Shell } from '../shell.ts'

type Options = ListOptions & { pack?: string }

type Hit = { ref: string; pack: string; label: string; runtime: string; description: string }

const hits: View<Hit> = {
  read(value) {
    const hit = row<Schemas['ActionHit']>(value)
    return {
      ref: text(hit, 'ref'),
      pack: text(hit, 'pack_ref'),
      label: text(hit, 'label'),
      runtime: flag(hit, 'is_workflow') ? 'workflow' : (maybeText(hit, 'runtime_ref') ?? ''),
      description: maybeText(hit, 'description') ?? '',
    }
  },
  key: ({ ref }) => ref,
  columns: [
    ['Ref', ({ ref }) => ref],
    ['Pack', ({ pack }) => pack],
    ['Label', ({ label }) => label],
    ['Runtime', ({ runtime }) => runtime],
    ['Description', ({ description }) => description],
  ],
  details: () => [],
}

/** `attune action search QUERY` */
export function actionSearch(shell: Shell): Command {
  return pageable(new Command('search'))
    .description('find actions by words in their ref, label and description')
    .argument('[words]', 'what to look for')
    .option('--pack <ref>', 'only actions of this pack')
    .action(async (words: string | undefined, options: Options) => {
      const query = { q: words, packs: options.pack }
      await printList(await shell.open(), { path: '/api/v1/actions/search', query, view: hits }, options)
    })
}
