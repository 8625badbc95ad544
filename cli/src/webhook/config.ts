import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { webhookConfig } from './webhook.ts'

/** `attune webhook config TRIGGER_REF` */
export function webhookShowConfig(shell: Shell): Command {
  return new Command('config')
    .description('what a webhook demands of its callers, without its secret')
    .argument('<trigger-ref>', 'trigger, like demo.deployed')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(client.GET('/api/v1/triggers/{ref}/webhooks/config', { params: { path: { ref } } })),
        webhookConfig(ref),
      )
    })
}
