import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { rules } from './rule.ts'

/** `attune rule enable REF` */
export function ruleEnable(shell: Shell): Command {
  return new Command('enable')
    .description('enable a rule')
    .argument('<ref>', 'rule, like demo.on_deploy')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      const changed = await client.post('/api/v1/rules/{ref}/enable', { path: { ref } })
      out.done(changed, rules, (rule) => `Rule ${rule.ref} is enabled.`)
    })
}
