import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { actions } from './action.ts'

/** `attune action get REF` */
export function actionGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show an action with the schemas of its parameters and output')
    .argument('<ref>', 'action, like core.echo')
    .action(async (ref: string) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/actions/{ref}', { params: { path: { ref } } })), actions)
    })
}
