import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { chosenOf, resolveChosen, type Selection, selecting } from './resolve.ts'

/** `attune dead-letter replay ID…` */
export function deadLetterReplay(shell: Shell): Command {
  return selecting(new Command('replay'))
    .description('bring dead letters on their way again; an execution that has ended gets a further attempt')
    .action(async (ids: string[], options: Selection) => {
      const chosen = chosenOf(ids, options)
      await resolveChosen(await shell.open(), chosen, 'replay')
    })
}
