import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { when } from './output/time.ts'
import type { View } from './output/view.ts'
import type { Shell } from './shell.ts'

type Topology = Schemas['Topology']

/** `attune topology`: whether messages get where they belong. Ends with 1 when they do not. */
export function topology(shell: Shell): Command {
  return new Command('topology')
    .description('show queues and bindings, and what is wrong with them')
    .action(async () => {
      const { client, out } = await shell.open()
      const found = await dataOf(client.GET('/api/v1/topology'))
      const wrong = found.problems
      if (out.format !== 'table') out.value(found)
      else if (out.quiet) out.list(wrong, problems)
      else {
        out.list(found.queues, queues)
        if (wrong.length > 0) out.list(wrong, problems)
        out.notice(`Messages travel through ${found.transport}. ${summaryOf(found)}`)
      }
      if (wrong.length > 0) shell.finish('failed')
    })
}

function summaryOf({ processes, problems: { length: wrong } }: Topology): string {
  if (processes.length === 0) return 'No process has looked yet.'
  const looked = `${processes.length} ${processes.length === 1 ? 'process looks' : 'processes look'}`
  return wrong === 0 ? `${looked} and nothing is wrong.` : `${looked} and ${wrong} things are wrong.`
}

const queues: View<Topology['queues'][number]> = {
  key: 'name',
  columns: [
    ['Queue', 'name'],
    ['Read by', 'service'],
    ['Consumers', ({ consumers }) => consumers ?? '?'],
    ['Waiting', ({ depth }) => depth ?? '?'],
    ['Oldest', ({ oldest_waiting_at }) => when(oldest_waiting_at)],
    ['Bound to', ({ bindings }) => bindings.map(({ exchange, key }) => `${exchange} ${key}`).join(', ')],
  ],
}

const problems: View<Topology['problems'][number]> = {
  key: 'object',
  columns: [
    ['Object', ({ object }) => ({ text: object, colour: 'red' })],
    ['Problem', 'problem'],
    ['Remedy', 'remedy'],
    ['Seen by', ({ seen_by }) => seen_by.join(', ')],
  ],
}
