import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { webhook } from './webhook.ts'

/** `attune webhook regenerate TRIGGER_REF` */
export function webhookRegenerate(shell: Shell): Command {
  return new Command('regenerate')
    .description('replace the URL; the old one stops working at once')
    .argument('<trigger-ref>', 'trigger, like demo.deployed')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(
          client.POST('/api/v1/triggers/{ref}/webhooks/regenerate', { params: { path: { ref } } }),
        ),
        webhook(client.url),
      )
    })
}
