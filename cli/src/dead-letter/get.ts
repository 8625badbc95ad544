import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { deadLetters } from './dead-letter.ts'

/** `attune dead-letter get ID` */
export function deadLetterGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a dead letter with its payload and the error')
    .argument('<id>', 'dead letter id', positiveInteger('a dead letter id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      out.item(
        await dataOf(client.GET('/api/v1/dead-letters/{id}', { params: { path: { id } } })),
        deadLetters,
      )
    })
}
