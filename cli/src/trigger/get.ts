import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { triggers } from './trigger.ts'

/** `attune trigger get REF` */
export function triggerGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a trigger with the schemas of its parameters and payload')
    .argument('<ref>', 'trigger, like core.intervaltimer')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/triggers/{ref}', { params: { path: { ref } } })), triggers)
    })
}
