import { definitionOf, exchanges, isMessageType, messages, type MessageType } from '../messages/messages.ts'
import { type QueueDefinition, queueDefinition, queueKeys } from '../messages/queues.ts'
import { queuesTaking } from '../messages/routing.ts'
import { code, generatedNote, mermaid, page, table } from './markdown.ts'
import { type Described, typeText } from './schema-text.ts'

const types: readonly MessageType[] = Object.keys(messages).filter(isMessageType)

const deliveries: Record<QueueDefinition['delivery'], string> = {
  shared: 'one queue; each message goes to one of the processes',
  addressed: 'a queue of its own for each process, named in the payload; the message goes to that one',
  broadcast: 'a queue of its own for each live process; the message goes to all of them',
}

const durabilities: Record<QueueDefinition['durability'], string> = {
  waits: 'waits for the disk',
  deferred: 'waits where it ends something',
}

/** `docs/messages.md`: what can be said, where it goes and who listens. */
export function messagesPage(): string {
  return page([
    generatedNote,
    '# Messages',
    'Everything between two roles is a row in the database and a message that says so. A message states its exchange and key once, a queue states which messages it takes, and bindings follow from both (`server/src/messages/messages.ts`, `queues.ts`). The `postgres` transport uses the same table without a broker: it writes one row per destination queue.',
    flow(),
    '## Where each message goes',
    routes(),
    '## Who listens',
    listeners(),
    '## Payloads',
    'Ids are 64-bit integers. Fields marked *outside* are copies for readers that have no access to the rows: they are null when the value is large and may be missing, and no handler of Attune reads them.',
    ...types.map(payload),
  ])
}

function flow(): string {
  const nodes = Object.entries(exchanges).map(([key, { name }]) => `  x_${key}{{${name}}}`)
  const edges = queueKeys.flatMap((key) => {
    const queue = queueDefinition(key)
    const bindings = Object.keys(exchanges).flatMap((exchange) => {
      const taken = queue.takes.filter((type) => definitionOf(type).exchange === exchange)
      return taken.length === 0
        ? []
        : [`  x_${exchange} -- "${taken.join('<br>')}" --> q_${key}["${queue.name}"]`]
    })
    return [...bindings, `  q_${key} --> ${queue.service}([${queue.service}])`]
  })
  return mermaid(['flowchart LR', ...nodes, ...edges])
}

function routes(): string {
  const rows = types.flatMap((type) => {
    const { exchange, key, wireType } = definitionOf(type)
    const name = wireType === undefined ? code(type) : `${code(type)} (on the wire ${code(wireType)})`
    return queuesTaking(type).map((queue, index) => {
      const said = index === 0 ? [name, code(exchanges[exchange].name), code(key)] : ['', '', '']
      return [...said, code(queue.name), queue.service]
    })
  })
  return table(['message', 'exchange', 'routing key', 'queue', 'taken by'], rows)
}

function listeners(): string {
  const rows = queueKeys.map(queueDefinition).map((queue) => {
    const { name, service, takes, delivery, durability } = queue
    return [code(name), service, takes.map(code).join(', '), deliveries[delivery], durabilities[durability]]
  })
  return table(['queue', 'service', 'takes', 'delivery', 'over PostgreSQL, its commit'], rows)
}

function payload(type: MessageType): string {
  const { payload: schema, wireOnly } = definitionOf(type)
  const fields = Object.entries<Described>(schema.properties).map(([name, field]) => {
    return [code(name), typeText(field), wireOnly?.includes(name) === true ? '*outside*' : '']
  })
  return `### ${type}\n\n${table(['field', 'type', ''], fields)}`
}
