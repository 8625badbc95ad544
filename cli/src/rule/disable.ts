import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { rules } from './rule.ts'

/** `attune rule disable REF` */
export function ruleDisable(shell: Shell): Command {
  return new Command('disable')
    .description('disable a rule')
    .argument('<ref>', 'rule, like demo.on_deploy')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      const changed = await client.post('/api/v1/rules/{ref}/disable', { path: { ref } })
      out.done(changed, rules, (rule) => `Rule ${rule.ref} is disabled.`)
    })
}
