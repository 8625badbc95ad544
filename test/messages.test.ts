import { expect, test } from 'vitest'
import {
  definitionOf,
  exchanges,
  isMessageType,
  messages,
  type MessageType,
} from '../server/src/messages/messages.ts'
import { queueDefinition, queueKeys, queues, services } from '../server/src/messages/queues.ts'
import { bindingsOf, queuesTaking, routingOf } from '../server/src/messages/routing.ts'
import { server, sources } from './source.ts'

/* What the compiler holds already, said once more at run time, and what it cannot see. */

const types = Object.keys(messages).filter(isMessageType)
const names = { worker_id: 7, instance: 'i', execution_id: 1, sensor_ref: 'core.timer' }

/** Whether a topic binding lets a routing key through. */
function lets(binding: string, key: string): boolean {
  const words = binding
    .split('.')
    .map((word) => (word === '*' ? '[^.]+' : word === '#' ? '.*' : word.replace(/[^\w]/g, '\\$&')))
  return new RegExp(`^${words.join('\\.')}$`).test(key)
}

test('an enforcement opens the life of an execution: it goes to attune.executions and the executor takes it there', () => {
  const { exchange, routing_key, destinations } = routingOf('EnforcementCreated', {})
  const bindings = bindingsOf('enforcements', {})

  expect(exchange).toBe('attune.executions')
  expect(routing_key).toBe('enforcement.created')
  expect(destinations).toEqual([{ kind: 'queue', name: queues.enforcements.name }])
  expect(queues.enforcements.service).toBe('executor')
  expect(bindings).toEqual([{ exchange, key: routing_key }])
})

test('an event stays on attune.events and the sensor takes it there', () => {
  const { exchange, routing_key, destinations } = routingOf('EventCreated', {})

  expect({ exchange, routing_key }).toEqual({ exchange: 'attune.events', routing_key: 'event.created' })
  expect(destinations).toEqual([{ kind: 'queue', name: 'attune.events.queue' }])
  expect(queues.events.service).toBe('sensor')
})

test.each(types)('%s reaches a queue on the exchange that it is published to', (type) => {
  const { exchange, routing_key, destinations } = routingOf(type, names)
  const taking = queueKeys.filter((key) => queueDefinition(key).takes.includes(type))

  expect(taking).not.toEqual([])
  expect(destinations).toHaveLength(taking.length)
  for (const key of taking) {
    const bound = bindingsOf(key, names).filter((binding) => binding.exchange === exchange)
    expect(bound.some((binding) => lets(binding.key, routing_key))).toBe(true)
  }
})

test('no queue hears a message that it does not take', () => {
  const overheard = queueKeys.flatMap((key) =>
    types
      .filter((type) => !queueDefinition(key).takes.includes(type))
      .filter((type) => {
        const { exchange, routing_key } = routingOf(type, names)
        return bindingsOf(key, names).some(
          (binding) => binding.exchange === exchange && lets(binding.key, routing_key),
        )
      })
      .map((type) => `${queueDefinition(key).name} hears ${type}`),
  )

  expect(overheard).toEqual([])
})

test.each(queueKeys.map((key) => ({ key, ...queueDefinition(key) })))(
  '$service takes $takes from $name',
  ({ key, takes, service }) => {
    const code = server.find(({ path }) => path === `server/src/services/${service}.ts`)?.code ?? ''
    const unheard = [key, ...takes].filter((word) => !new RegExp(String.raw`\b${word}\b\s*[:(,}]`).test(code))

    expect(services).toContain(service)
    expect(code).toContain(`Consumers<'${service}'>`)
    expect(code).toContain('startConsumers(')
    expect(unheard).toEqual([])
  },
)

test.each(types)('somebody says %s', (type: MessageType) => {
  const speakers = server.filter(
    ({ path, code }) =>
      !path.startsWith('server/src/messages/') && code.includes(`'${type}'`) && /\bpublish\b/.test(code),
  )

  expect(speakers).not.toEqual([])
})

test('names on the wire are given once', () => {
  const keys = types.map((type) => `${exchanges[definitionOf(type).exchange].name} ${definitionOf(type).key}`)
  const queueNames = queueKeys.map((key) => queueDefinition(key).name)

  expect(new Set(keys).size).toBe(keys.length)
  expect(new Set(queueNames).size).toBe(queueNames.length)
})

test('the places in a key and in a queue name are filled from the payload', () => {
  const missing = types.flatMap((type) => {
    const { key, payload } = definitionOf(type)
    const addressed = queuesTaking(type)
      .filter(({ delivery }) => delivery === 'addressed')
      .map(({ name }) => name)
    const places = [key, ...addressed].flatMap((template) =>
      [...template.matchAll(/\{(\w+)\}/g)].map(([, place]) => place ?? ''),
    )
    return places
      .filter((place) => !Object.hasOwn(payload.properties, place))
      .map((place) => `${type} has no ${place}`)
  })

  expect(missing).toEqual([])
})

test('fields for readers outside are optional: no handler of ours can depend on them', () => {
  const required = types.flatMap((type) => {
    const { payload, wireOnly } = definitionOf(type)
    return (wireOnly ?? [])
      .filter((field) => payload.required?.includes(field))
      .map((field) => `${type}.${field}`)
  })

  expect(required).toEqual([])
})

test('a handler goes by its table entry: no file of the flow looks at the type of a message', () => {
  const flow = sources.filter(({ path }) => /^server\/src\/(pipeline|sweeps|domain)\//.test(path))

  expect(flow.filter(({ bare }) => /\bmessage_type\b/.test(bare)).map(({ path }) => path)).toEqual([])
})
