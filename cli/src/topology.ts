import type { Schemas } from '@attune/client/dist/requests.js'
import { Command } from 'commander'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { when } from './output/time.ts'
import type { View } from './output/view.ts'
import { maybeInteger, maybeText, row, text, texts } from './row.ts'
import type { Shell } from './shell.ts'

/** `attune topology`: whether messages get where they belong. Ends with 1 when they do not. */
export function topology(shell: Shell): Command {
  return new Command('topology')
    .description('show queues and bindings, and what is wrong with them')
    .action(async () => {
      const { client, out } = await shell.open()
      const found = row<Schemas['Topology']>(await client.get('/api/v1/topology'))
      const wrong = rowsOf(found, 'problems')
      if (out.format !== 'table') out.value(found)
      else if (out.quiet) out.list(wrong, problems)
      else {
        out.list(rowsOf(found, 'queues'), queues)
        if (wrong.length > 0) out.list(wrong, problems)
        out.notice(`Messages travel through ${text(found, 'transport')}. ${summaryOf(found, wrong.length)}`)
      }
      if (wrong.length > 0) shell.finish('failed')
    })
}

function summaryOf(found: JsonObject, wrong: number): string {
  const processes = rowsOf(found, 'processes').length
  const seen = `${processes} ${processes === 1 ? 'process looks' : 'processes look'}`
  if (processes === 0) return 'No process has looked yet.'
  return wrong === 0 ? `${seen} and nothing is wrong.` : `${seen} and ${wrong} things are wrong.`
}

function rowsOf(found: JsonObject, field: string): JsonObject[] {
  const value: Json = found[field] ?? []
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

type Queue = {
  name: string
  service: string
  bindings: readonly string[]
  depth: number | undefined
  consumers: number | undefined
  oldest: string | undefined
}

const queues: View<Queue> = {
  read(value) {
    const queue = row(value)
    return {
      name: text(queue, 'name'),
      service: text(queue, 'service'),
      bindings: rowsOf(queue, 'bindings').map(
        (binding) => `${text(binding, 'exchange')} ${text(binding, 'key')}`,
      ),
      depth: maybeInteger(queue, 'depth'),
      consumers: maybeInteger(queue, 'consumers'),
      oldest: maybeText(queue, 'oldest_waiting_at'),
    }
  },
  key: ({ name }) => name,
  columns: [
    ['Queue', ({ name }) => name],
    ['Read by', ({ service }) => service],
    ['Consumers', ({ consumers }) => counted(consumers)],
    ['Waiting', ({ depth }) => counted(depth)],
    ['Oldest', ({ oldest }) => when(oldest)],
    ['Bound to', ({ bindings }) => bindings.join(', ')],
  ],
  details: () => [],
}

function counted(count: number | undefined): string {
  return count === undefined ? '?' : String(count)
}

type Trouble = { object: string; problem: string; remedy: string; seen_by: readonly string[] }

const problems: View<Trouble> = {
  read(value) {
    const found = row(value)
    return {
      object: text(found, 'object'),
      problem: text(found, 'problem'),
      remedy: text(found, 'remedy'),
      seen_by: texts(found, 'seen_by'),
    }
  },
  key: ({ object }) => object,
  columns: [
    ['Object', ({ object }) => ({ text: object, colour: 'red' })],
    ['Problem', ({ problem }) => problem],
    ['Remedy', ({ remedy }) => remedy],
    ['Seen by', ({ seen_by }) => seen_by.join(', ')],
  ],
  details: () => [],
}
