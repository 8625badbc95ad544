import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { enforcements } from './enforcement.ts'

/** `attune enforcement get ID` */
export function enforcementGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show an enforcement with its parameters and the payload of its event')
    .argument('<id>', 'enforcement id', positiveInteger('an enforcement id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(client.GET('/api/v1/enforcements/{id}', { params: { path: { id } } })),
        enforcements,
      )
    })
}
