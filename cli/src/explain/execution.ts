import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { traceTree } from './trace-tree.ts'

/** `attune explain execution ID` */
export function explainExecution(shell: Shell): Command {
  return new Command('execution')
    .description('where an execution comes from, and why it is where it is')
    .argument('<id>', 'execution id', positiveInteger('an execution id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      out.tree(
        await dataOf(client.GET('/api/v1/executions/{id}/trace', { params: { path: { id } } })),
        String(id),
        traceTree,
      )
    })
}
