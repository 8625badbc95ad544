import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'

type Options = { yes?: boolean }

/** `attune rule delete REF` */
export function ruleDelete(shell: Shell): Command {
  return new Command('delete')
    .description('delete a rule; its events and executions stay')
    .argument('<ref>', 'rule, like demo.on_deploy')
    .option('--yes', 'do not ask')
    .action(async (ref: string, { yes }: Options) => {
      const { client, out } = await shell.open()
      if (!(await confirmed(`Delete rule ${ref}?`, { yes, format: out.format }, shell.terminal))) return
      const answer = await client.delete('/api/v1/rules/{ref}', { path: { ref } })
      out.notice(`Rule ${ref} is deleted.`)
      if (out.format !== 'table' && !out.quiet) out.value(answer)
    })
}
