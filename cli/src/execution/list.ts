import { Command, Option } from 'commander'
import { positiveInteger } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { executions, type Status, statuses } from './execution.ts'

type Options = ListOptions & {
  action?: string
  rule?: string
  trigger?: string
  pack?: string
  status?: Status
  result?: string
  parent?: number
  topLevelOnly?: boolean
}

/** `attune execution list` */
export function executionList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list executions, newest first; * stands for any text in refs')
    .option('-a, --action <ref>', 'only executions of this action')
    .option('--rule <ref>', 'only executions that this rule caused')
    .option('--trigger <ref>', 'only executions that events of this trigger caused')
    .option('--pack <ref>', 'only executions of actions of this pack')
    .addOption(new Option('-s, --status <status>', 'only executions in this status').choices(statuses))
    .option('-r, --result <text>', 'only executions whose result contains this text')
    .option('--parent <id>', 'only children of this execution', positiveInteger('an execution id'))
    .option('--top-level-only', 'leave out executions that belong to another one')
    .action(async (options: Options) => {
      const query = {
        action_ref: options.action,
        rule_ref: options.rule,
        trigger_ref: options.trigger,
        pack_name: options.pack,
        status: options.status,
        result_contains: options.result,
        parent: options.parent,
        top_level_only: options.topLevelOnly,
        include_total: true,
      }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/executions', { params: { query: { ...query, ...paged } } }),
        executions,
        options,
      )
    })
}
