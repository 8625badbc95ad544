import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import { positiveInteger } from '../input.ts'
import type { Shell } from '../shell.ts'
import { events } from './event.ts'

/** `attune event get ID` */
export function eventGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show an event with its payload')
    .argument('<id>', 'event id', positiveInteger('an event id'))
    .action(async (id: number) => {
      const { client, out } = await shell.open()
      out.item(await dataOf(client.GET('/api/v1/events/{id}', { params: { path: { id } } })), events)
    })
}
