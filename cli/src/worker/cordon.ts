import { dataOf } from '@attune/client/dist/answer.js'
import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { findWorker, workers } from './worker.ts'

/** `attune worker cordon NAME` */
export function workerCordon(shell: Shell): Command {
  return new Command('cordon')
    .description('give a worker no new work; what it runs it ends')
    .argument('<worker>', 'name or id')
    .option('--reason <text>', 'why; it is told wherever the worker is passed over')
    .action(async (name: string, { reason }: { reason?: string }) => {
      const { client, out } = await shell.open()
      const path = { id: await findWorker(client, name) }
      const body = reason === undefined ? {} : { reason }
      const cordoned = await dataOf(client.POST('/api/v1/workers/{id}/cordon', { params: { path }, body }))
      out.done(cordoned, workers, (worker) => `Worker ${worker.name} gets no new work.`)
    })
}

/** `attune worker uncordon NAME` */
export function workerUncordon(shell: Shell): Command {
  return new Command('uncordon')
    .description('give a worker work again')
    .argument('<worker>', 'name or id')
    .action(async (name: string) => {
      const { client, out } = await shell.open()
      const path = { id: await findWorker(client, name) }
      const changed = await dataOf(client.POST('/api/v1/workers/{id}/uncordon', { params: { path } }))
      out.done(changed, workers, (worker) => `Worker ${worker.name} gets work again.`)
    })
}
