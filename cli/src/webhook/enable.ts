import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { webhook } from './webhook.ts'

/** `attune webhook enable TRIGGER_REF` */
export function webhookEnable(shell: Shell): Command {
  return new Command('enable')
    .description('accept webhooks for a trigger and show the URL to send to')
    .argument('<trigger-ref>', 'trigger, like demo.deployed')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(client.POST('/api/v1/triggers/{ref}/webhooks/enable', { params: { path: { ref } } })),
        webhook(client.url),
      )
    })
}
