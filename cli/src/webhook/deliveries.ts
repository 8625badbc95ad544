import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import { type ListOptions, pageable, printList } from '../listing.ts'
import type { Shell } from '../shell.ts'
import { deliveries } from './webhook.ts'

type Options = ListOptions & { refused?: boolean; status?: number }

/** `attune webhook deliveries TRIGGER_REF` */
export function webhookDeliveries(shell: Shell): Command {
  return pageable(new Command('deliveries'))
    .description('calls of a webhook and what became of each, newest first')
    .argument('<trigger-ref>', 'trigger, like demo.deployed')
    .option('--refused', 'only those that were refused')
    .option('--status <code>', 'only those that were answered so', positiveInteger('a status', 599))
    .action(async (ref: string, { refused, status, ...options }: Options) => {
      const { client, out } = await shell.open()
      const query = {
        ...(refused === undefined ? {} : { refused }),
        ...(status === undefined ? {} : { status_code: status }),
      }
      await printList(
        out,
        (paged) =>
          client.GET('/api/v1/triggers/{ref}/webhooks/deliveries', {
            params: { path: { ref }, query: { ...query, ...paged } },
          }),
        deliveries,
        options,
      )
    })
}
