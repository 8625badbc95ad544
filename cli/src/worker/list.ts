import type { QueryOf } from '@attune/client/dist/requests.js'
import { Command, Option } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { workers } from './worker.ts'

type Query = QueryOf<'get', '/api/v1/workers'>
type Options = ListOptions & { role?: NonNullable<Query['role']>; state?: NonNullable<Query['health_state']> }

const states = ['active', 'busy', 'cordoned', 'offline', 'error', 'inactive'] as const

/** `attune worker list` */
export function workerList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list workers, with what they do now')
    .addOption(new Option('--role <role>', 'only those with this role').choices(['action', 'sensor']))
    .addOption(new Option('--state <state>', 'only those in this state').choices(states))
    .action(async ({ role, state, ...options }: Options) => {
      const query = { role, health_state: state }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/workers', { params: { query: { ...query, ...paged } } }),
        workers,
        options,
      )
    })
}
