import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { executions } from './execution.ts'

/** `attune execution get ID` */
export function executionGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show an execution with its parameters, output and result')
    .argument('<id>', 'execution id', positiveInteger('an execution id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/executions/{id}', { params: { path: { id } } })), executions)
    })
}
