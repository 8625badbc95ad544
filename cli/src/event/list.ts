import { Command } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { events } from './event.ts'

type Options = ListOptions & { trigger?: string; rule?: string }

/** `attune event list` */
export function eventList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list events, newest first; * stands for any text in refs')
    .option('-t, --trigger <ref>', 'only events of this trigger')
    .option('--rule <ref>', 'only events made for this rule')
    .action(async (options: Options) => {
      const query = { trigger_ref: options.trigger, rule_ref: options.rule, include_total: true }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/events', { params: { query: { ...query, ...paged } } }),
        events,
        options,
      )
    })
}
