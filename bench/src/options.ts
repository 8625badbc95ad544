import { parseArgs } from 'node:util'

export type TransportName = 'postgres' | 'rabbitmq'

export type BenchOptions = {
  /** A short run that shows the shape, not the figures. */
  quick: boolean
  transports: readonly TransportName[]
  json: string | undefined
  /** Broker for the rabbitmq transport; a virtual host that is empty or may be used. */
  amqp_url: string
}

export const usage = `npm run bench -- [--quick] [--transport postgres|rabbitmq] [--amqp-url URL] [--json FILE]`

export function readOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      transport: { type: 'string' },
      json: { type: 'string' },
      'amqp-url': { type: 'string', default: 'amqp://guest:guest@127.0.0.1:5672' },
    },
  })
  return {
    quick: values.quick,
    transports:
      values.transport === undefined ? ['postgres', 'rabbitmq'] : [transportNamed(values.transport)],
    json: values.json,
    amqp_url: values['amqp-url'],
  }
}

function transportNamed(name: string): TransportName {
  if (name === 'postgres' || name === 'rabbitmq') return name
  throw new Error(`--transport: ${name} is no transport; choose postgres or rabbitmq.`)
}
