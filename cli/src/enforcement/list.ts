import { Command, Option } from 'commander'
import { positiveInteger } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { enforcements, type Status, statuses } from './enforcement.ts'

type Options = ListOptions & { rule?: string; trigger?: string; event?: number; status?: Status }

/** `attune enforcement list` */
export function enforcementList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list enforcements, newest first: each a match of a rule with an event')
    .option('--rule <ref>', 'only those of this rule')
    .option('-t, --trigger <ref>', 'only those of events of this trigger')
    .option('--event <id>', 'only those of this event', positiveInteger('an event id'))
    .addOption(new Option('-s, --status <status>', 'only those in this status').choices(statuses))
    .action(async ({ rule, trigger, event, status, ...options }: Options) => {
      const query = { rule_ref: rule, trigger_ref: trigger, event, status }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/enforcements', { params: { query: { ...query, ...paged } } }),
        enforcements,
        options,
      )
    })
}
