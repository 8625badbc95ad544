import { Command, Option } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { deadLetters, type Reason, reasons, type Status, statuses } from './dead-letter.ts'

type Options = ListOptions & {
  queue?: string
  type?: string
  reason?: Reason
  status?: Status
  correlation?: string
}

/** `attune dead-letter list` */
export function deadLetterList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list messages that nobody could handle, newest first')
    .option('--queue <name>', 'only those of this queue')
    .option('--type <type>', 'only messages of this type')
    .addOption(new Option('--reason <reason>', 'only those put aside for this reason').choices(reasons))
    .addOption(
      new Option('-s, --status <status>', 'only those in this status (default: open)').choices(statuses),
    )
    .option('--correlation <id>', 'only what belongs to this event or request')
    .action(async ({ queue, type, reason, status, correlation, ...options }: Options) => {
      const query = { queue, type, reason, status, correlation_id: correlation }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/dead-letters', { params: { query: { ...query, ...paged } } }),
        deadLetters,
        options,
      )
    })
}
