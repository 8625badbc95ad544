import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { traceTree } from './trace-tree.ts'

/** `attune explain event ID` */
export function explainEvent(shell: Shell): Command {
  return new Command('event')
    .description('what became of an event: rules, enforcements, executions, and why not')
    .argument('<id>', 'event id', positiveInteger('an event id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      out.tree(
        await dataOf(client.GET('/api/v1/events/{id}/trace', { params: { path: { id } } })),
        String(id),
        traceTree,
      )
    })
}
