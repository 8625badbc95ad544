import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { rules } from './rule.ts'

/** `attune rule get REF` */
export function ruleGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a rule with its conditions and parameters')
    .argument('<ref>', 'rule, like demo.on_deploy')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/rules/{ref}', { params: { path: { ref } } })), rules)
    })
}
