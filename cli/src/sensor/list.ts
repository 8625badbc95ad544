import { Command } from 'commander'
import { trueOrFalse } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { sensors } from './sensor.ts'

type Options = ListOptions & { pack?: string; enabled?: boolean }

/** `attune sensor list` */
export function sensorList(shell: Shell): Command {
  return pageable(new Command('list'))
    .description('list sensors')
    .option('--pack <ref>', 'only sensors of this pack')
    .option('-e, --enabled <true|false>', 'only sensors that are enabled, or that are not', trueOrFalse)
    .action(async ({ pack, enabled, ...options }: Options) => {
      const query = { pack_ref: pack, enabled }
      const { client, out } = await shell.open()
      await printList(
        out,
        (paged) => client.GET('/api/v1/sensors', { params: { query: { ...query, ...paged } } }),
        sensors,
        options,
      )
    })
}
