import { Command } from 'commander'
import { apiPath } from '../api-path.ts'
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
      out.tree(await client.get(apiPath`/api/v1/executions/${id}/trace`), String(id), traceTree)
    })
}
