import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { confirmed } from '../terminal.ts'
import { type Chosen, chosenOf, resolveChosen, type Selection, selecting } from './resolve.ts'

/** `attune dead-letter discard ID…` */
export function deadLetterDiscard(shell: Shell): Command {
  return selecting(new Command('discard'))
    .description('give dead letters up: what they were to do is not done')
    .option('--yes', 'do not ask')
    .action(async (ids: string[], { yes, ...selection }: Selection & { yes?: boolean }) => {
      const chosen = chosenOf(ids, selection)
      const session = await shell.open()
      if (!(await confirmed(questionOf(chosen), { yes, format: session.out.format }, shell.terminal))) return
      await resolveChosen(session, chosen, 'discard')
    })
}

function questionOf(chosen: Chosen): string {
  if (chosen.kind === 'ids') return `Discard dead letter ${chosen.ids.join(', ')}?`
  const filter = Object.entries(chosen.filter).map(([field, value]) => `${field} ${value}`)
  return `Discard every open dead letter with ${filter.join(' and ')}?`
}
