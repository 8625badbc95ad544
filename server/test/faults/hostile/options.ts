import { parseArgs } from 'node:util'
import type { TransportName } from '../plan.ts'

export type HostileOptions = {
  transport: TransportName
  /** Seconds of each half: quiet, then under attack. */
  seconds: number
  seed: number
  /** Events in a second. */
  rate: number
  /** How many of each role are at work. */
  each: number
  /** Roles by name; all when empty. */
  only: readonly string[]
  /** What the p99 under attack may be of the quiet one. */
  factor: number
  json: string | undefined
  amqp_url: string | undefined
  keep: boolean
}

export const usage = `npm run test:hostile -- --seconds S [options]

  --seconds S        seconds of each half: quiet, then under attack (default 30)
  --transport NAME   postgres (default) or rabbitmq
  --seed N           decides what is attacked when (default 1)
  --rate N           events of the load in a second (default 10)
  --each N           how many of each role are at work (default 2)
  --only ROLES       these roles alone, with commas between
  --factor F         fails when the p99 under attack is more than so many times the quiet one (default 3)
  --json FILE        writes the figures
  --amqp-url URL     a broker to use where rabbitmq-server is not installed
  --keep             keeps the logs

Ends with 1 when something of the load was lost, doubled or stuck, a process died, a role is not ready afterwards, a
secret is in a log, or the load was slower than it may be.
`

export function readOptions(args: string[]): HostileOptions {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '30' },
      transport: { type: 'string', default: 'postgres' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '10' },
      each: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      factor: { type: 'string', default: '3' },
      json: { type: 'string' },
      'amqp-url': { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  if (values.transport !== 'postgres' && values.transport !== 'rabbitmq')
    throw new Error(`--transport: ${values.transport} is no transport; choose postgres or rabbitmq.`)
  return {
    transport: values.transport,
    seconds: Number(values.seconds),
    seed: Number(values.seed),
    rate: Number(values.rate),
    each: Number(values.each),
    only: values.only.split(',').filter((name) => name !== ''),
    factor: Number(values.factor),
    json: values.json,
    amqp_url: values['amqp-url'],
    keep: values.keep,
  }
}
