import { Command } from 'commander'
import { trueOrFalse } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { rules } from './rule.ts'

type Options = ListOptions & { pack?: string; trigger?: string; action?: string; enabled?: boolean }

/** `attune rule list` */
export function ruleList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list rules')
    .option('--pack <ref>', 'only rules of this pack')
    .option('-t, --trigger <ref>', 'only rules of this trigger')
    .option('-a, --action <ref>', 'only rules that run this action')
    .option('-e, --enabled <true|false>', 'only rules that are enabled, or that are not', trueOrFalse)
    .action(async (options: Options) => {
      const query = {
        pack_ref: options.pack,
        trigger_ref: options.trigger,
        action_ref: options.action,
        enabled: options.enabled,
      }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/rules', { params: { query: { ...query, ...paged } } }),
        rules,
        options,
      )
    })
}
