import { Command } from 'commander'
import { trueOrFalse } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { identities } from './identity.ts'

type Options = ListOptions & { search?: string; role?: string; frozen?: boolean }

/** `attune identity list` */
export function identityList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list identities by login')
    .option('--search <text>', 'only those with this in login or name')
    .option('--role <role>', 'only those with this role')
    .option('--frozen <true|false>', 'only those that are frozen, or are not', trueOrFalse)
    .action(async ({ search, role, frozen, ...options }: Options) => {
      const query = { search, role, frozen }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/identities', { params: { query: { ...query, ...paged } } }),
        identities,
        options,
      )
    })
}
