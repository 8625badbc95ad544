import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'

/** `attune key delete REF` */
export function keyDelete(shell: Shell): Command {
  return new Command('delete')
    .description('delete a key and its value')
    .argument('<ref>', 'key, like slack.token')
    .option('--yes', 'do not ask')
    .action(async (ref: string, { yes }: { yes?: boolean }) => {
      const { client, out } = await shell.open()
      if (!(await confirmed(`Delete key ${ref}?`, { yes, format: out.format }, shell.terminal))) return
      const answer = await dataOf(client.DELETE('/api/v1/keys/{ref}', { params: { path: { ref } } }))
      out.outcome(answer, `Key ${ref} is deleted.`)
    })
}
