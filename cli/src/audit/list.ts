import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { auditEvents } from './audit-event.ts'
import { type Filter, filtered, queryOf } from './filter.ts'

/** `attune audit list` */
export function auditList(shell: Shell): Command {
  return pageable(filtered(new Command('list')))
    .description('list what was done, newest first')
    .action(async ({ limit, page, all, ...filter }: ListOptions & Filter) => {
      const options = {
        ...(limit === undefined ? {} : { limit }),
        ...(page === undefined ? {} : { page }),
        ...(all === undefined ? {} : { all }),
      }
      const query = queryOf(filter)
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/audit-events', { params: { query: { ...query, ...paged } } }),
        auditEvents,
        options,
      )
    })
}
