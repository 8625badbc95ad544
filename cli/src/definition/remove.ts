import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'
import { titled } from './draft.ts'

type Kind = 'action' | 'trigger' | 'sensor' | 'runtime' | 'rule'

/** `attune KIND delete REF` */
export function removal(shell: Shell, kind: Kind, description: string, example: string): Command {
  return new Command('delete')
    .description(description)
    .argument('<ref>', `${kind}, like ${example}`)
    .option('--yes', 'do not ask')
    .action(async (ref: string, { yes }: { yes?: boolean }) => {
      const { client, out } = await shell.open()
      if (!(await confirmed(`Delete ${kind} ${ref}?`, { yes, format: out.format }, shell.terminal))) return
      const answer = await dataOf(client.DELETE(`/api/v1/${kind}s/{ref}`, { params: { path: { ref } } }))
      out.outcome(answer, `${titled(kind)} ${ref} is deleted.`)
    })
}
