import { Command, Option } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { keys, type OwnerType, ownerTypes } from './key.ts'

type Options = ListOptions & { ownerType?: OwnerType; owner?: string }

/** `attune key list` */
export function keyList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list keys without their values')
    .addOption(new Option('--owner-type <type>', 'only keys of owners of this kind').choices(ownerTypes))
    .option('--owner <owner>', 'only keys of this owner: ref, id of an identity, or system')
    .action(async ({ ownerType, owner, ...options }: Options) => {
      const query = { owner_type: ownerType, owner }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/keys', { params: { query: { ...query, ...paged } } }),
        keys,
        options,
      )
    })
}
