import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { webhook } from './webhook.ts'

/** `attune webhook disable TRIGGER_REF` */
export function webhookDisable(shell: Shell): Command {
  return new Command('disable')
    .description('stop accepting webhooks; the URL is gone for good')
    .argument('<trigger-ref>', 'trigger, like demo.deployed')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(client.POST('/api/v1/triggers/{ref}/webhooks/disable', { params: { path: { ref } } })),
        webhook(client.url),
      )
    })
}
