import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'
import { packIndexAdd, packIndexUpdate } from './change.ts'
import { indexedPacks } from './indexed-pack.ts'
import { registries } from './registry.ts'
import { packIndexBrowse } from './search.ts'

/** `attune pack index …` */
export function packIndex(shell: Shell): Command {
  const group = new Command('index').description('where packs are looked up by name')
  const commands = [
    packIndexList,
    packIndexAdd,
    packIndexUpdate,
    packIndexDelete,
    packIndexBrowse,
    packIndexShow,
  ]
  for (const command of commands) group.addCommand(command(shell))
  return group
}

function packIndexList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list indexes, in the order in which they are asked')
    .action(async (options: ListOptions) => {
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/pack-indices', { params: { query: paged } }),
        registries,
        options,
      )
    })
}

function packIndexDelete(shell: Shell): Command {
  return new Command('delete')
    .description('remove an index; packs that were installed from it stay')
    .argument('<id>', 'index id', positiveInteger('the id of an index'))
    .option('--yes', 'do not ask')
    .action(async (id: number, { yes }: { yes?: boolean }) => {
      const { client, out } = await shell.open()
      if (!(await confirmed(`Remove index ${id}?`, { yes, format: out.format }, shell.terminal))) return
      const answer = await dataOf(client.DELETE('/api/v1/pack-indices/{id}', { params: { path: { id } } }))
      out.outcome(answer, `Index ${id} is removed.`)
    })
}

function packIndexShow(shell: Shell): Command {
  return new Command('show')
    .description('show a pack as the first index has it that lists it')
    .argument('<ref>', 'pack, like core')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(client.GET('/api/v1/pack-indices/packs/{ref}', { params: { path: { ref } } })),
        indexedPacks,
      )
    })
}
