import { parseArgs } from 'node:util'
import { allKinds, type FaultKind, isFaultKind, type FleetSize, kindsOf, type TransportName } from './plan.ts'

export type FaultOptions = {
  transport: TransportName
  from: number
  seeds: number
  /** Seconds of load of each seed. */
  seconds: number
  events: number
  faults: [number, number]
  fleet: FleetSize
  kinds: FaultKind[]
  json: string | undefined
  table: string | undefined
  amqp_url: string | undefined
  keep: boolean
}

export const usage = `npm run test:faults -- --transport postgres|rabbitmq [options]

  --from SEED        the first seed (default 1)
  --seeds N          how many (default 20)
  --seconds S        seconds of load of each seed (default 6)
  --events N         events of each seed (default 300)
  --faults MIN-MAX   faults of each seed (default 4-8)
  --fleet SIZE       full (default): seven processes; small: five
  --only KINDS       these faults alone, with commas between
  --without KINDS    all but these
  --json FILE        writes what happened, or adds to what is there for the other transport
  --table FILE       writes the table of results as a page, from --json FILE if given
  --amqp-url URL     a broker to use where rabbitmq-server is not installed
  --keep             keeps the logs of seeds that passed, too

Kinds: ${allKinds.join(', ')}
`

export function readOptions(args: string[]): FaultOptions {
  const { values } = parseArgs({
    args,
    options: {
      transport: { type: 'string', default: 'postgres' },
      from: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '6' },
      events: { type: 'string', default: '300' },
      faults: { type: 'string', default: '4-8' },
      fleet: { type: 'string', default: 'full' },
      only: { type: 'string' },
      without: { type: 'string' },
      json: { type: 'string' },
      table: { type: 'string' },
      'amqp-url': { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  const transport = transportNamed(values.transport)
  const possible = kindsOf(transport)
  const only = values.only === undefined ? possible : kindsNamed(values.only)
  const without = values.without === undefined ? [] : kindsNamed(values.without)
  return {
    transport,
    from: Number(values.from),
    seeds: Number(values.seeds),
    seconds: Number(values.seconds),
    events: Number(values.events),
    faults: rangeOf(values.faults),
    fleet: values.fleet === 'small' ? 'small' : 'full',
    // In one order, however they are named: the plan of a seed depends on it.
    kinds: possible.filter((kind) => only.includes(kind) && !without.includes(kind)),
    json: values.json,
    table: values.table,
    amqp_url: values['amqp-url'],
    keep: values.keep,
  }
}

/** The command that runs one seed again. */
export function replay(options: FaultOptions, seed: number): string {
  const { transport, seconds, events, faults, fleet, kinds } = options
  const words = [
    `npm run test:faults -- --transport ${transport} --from ${seed} --seeds 1`,
    `--seconds ${seconds} --events ${events} --faults ${faults.join('-')} --fleet ${fleet}`,
    ...(kinds.length === kindsOf(transport).length ? [] : [`--only ${kinds.join(',')}`]),
  ]
  return words.join(' ')
}

function transportNamed(name: string): TransportName {
  if (name === 'postgres' || name === 'rabbitmq') return name
  throw new Error(`--transport: ${name} is no transport; choose postgres or rabbitmq.`)
}

function kindsNamed(list: string): FaultKind[] {
  return list.split(',').map((name) => {
    if (isFaultKind(name)) return name
    throw new Error(`${name} is no kind of fault; choose from ${allKinds.join(', ')}.`)
  })
}

function rangeOf(text: string): [number, number] {
  const [min = Number.NaN, max = min] = text.split('-').map(Number)
  if (Number.isInteger(min) && Number.isInteger(max) && min <= max) return [min, max]
  throw new Error(`--faults: ${text} is no range such as 4-8.`)
}
