import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { Failure } from '../failure.ts'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'

/** `attune execution result ID`: the bare result, for the next program in the pipe. */
export function executionResult(shell: Shell): Command {
  return new Command('result')
    .description('print the result of an execution as JSON, or as YAML with --yaml')
    .argument('<id>', 'execution id', positiveInteger('an execution id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      const { status, result } = await dataOf(
        client.GET('/api/v1/executions/{id}', { params: { path: { id } } }),
      )
      if (result === null || result === undefined)
        throw new Failure('refused', `Execution ${id} is ${status} and has no result.`)
      out.value(result)
    })
}
