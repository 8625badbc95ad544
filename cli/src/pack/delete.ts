import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'

type Options = { yes?: boolean; force?: boolean }

/** `attune pack delete REF` */
export function packDelete(shell: Shell): Command {
  return new Command('delete')
    .description('delete a pack with its actions, triggers, sensors and rules; events and executions stay')
    .argument('<ref>', 'pack, like demo')
    .option('-f, --force', 'also when it ships with the platform or other packs need it')
    .option('--yes', 'do not ask')
    .action(async (ref: string, { yes, force = false }: Options) => {
      const { client, out } = await shell.open()
      const question = `Delete pack ${ref} and all that belongs to it?`
      if (!(await confirmed(question, { yes, format: out.format }, shell.terminal))) return
      const answer = await dataOf(
        client.DELETE('/api/v1/packs/{ref}', { params: { path: { ref }, query: force ? { force } : {} } }),
      )
      out.outcome(answer, `Pack ${ref} is deleted.`)
    })
}
