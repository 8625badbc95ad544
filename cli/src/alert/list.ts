import { Command, Option } from 'commander'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { alerts, type Severity, severities } from './alert.ts'

type Options = ListOptions & { open?: true; severity?: Severity; category?: string }

/** `attune alert list` */
export function alertList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list alerts, open ones first')
    .option('--open', 'leave out what is over')
    .addOption(new Option('-s, --severity <severity>', 'only alerts of this severity').choices(severities))
    .option('--category <category>', 'only alerts of this category, such as worker_health')
    .action(async ({ open, severity, category, ...options }: Options) => {
      const query = { open: open && ('true' as const), severity, category }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/alerts', { params: { query: { ...query, ...paged } } }),
        alerts,
        options,
      )
    })
}
