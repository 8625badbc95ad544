import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { findWorker, workers } from './worker.ts'

/** `attune worker get NAME` */
export function workerGet(shell: Shell): Command {
  return new Command('get')
    .alias('show')
    .description('show a worker, with what it does now')
    .argument('<worker>', 'name or id')
    .action(async (name: string) => {
      const { client, out } = await shell.open()
      const id = await findWorker(client, name)
      out.item(await dataOf(client.GET('/api/v1/workers/{id}', { params: { path: { id } } })), workers)
    })
}
